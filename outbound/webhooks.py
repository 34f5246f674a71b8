"""What carriers tell and ask us about what we send: receipts, replies, and the letter of a fax."""

from __future__ import annotations

from flask import Blueprint, Response, request

from core.db import ALL_TENANTS
from core.errors import NotFound
from core.runtime import runtime
from core.web import signed
from outbound import composing, inbound, receipts
from outbound.links import Links

bp = Blueprint("outbound", __name__)
NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@bp.post("/receipts/<token>/<channel>")
@signed
def receipt(token: str, channel: str) -> tuple[str, int]:
    """A status callback: on disk before it is answered."""
    runtime().spool.append("receipt", receipts.noted(token, channel, request.form))
    return "", 204


@bp.post("/inbound/<channel>")
@signed
def message(channel: str) -> Response:
    """An SMS to one of our senders. What it is answered with, if anything, is a delivery of its own."""
    if channel != "sms":
        raise NotFound("no_such_channel", "nothing comes in by {channel} here", channel=channel)
    runtime().spool.append(
        "inbound_text", inbound.noted(request.form, runtime().carriers["sms"].answers_help)
    )
    return Response(NO_REPLY, mimetype="text/xml")


@bp.get("/media/letter/<signed_token>.<suffix>")
def letter(signed_token: str, suffix: str) -> Response:
    """The letter of one fax attempt, for whoever holds our signed link."""
    token = Links.of(runtime()).opened(signed_token)
    with runtime().database.reading(ALL_TENANTS) as session:
        document = composing.document(session, token, suffix)
    return Response(
        document.content, mimetype=document.media_type, headers={"Cache-Control": "private, no-store"}
    )
