"""Segments: how many customers one holds, and the first of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field

from core.api.checks import Sent, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, number
from core.models import READERS
from core.runtime import runtime
from customers.segments import Segment, members

bp = Blueprint("segments_api", __name__, url_prefix=PREFIX)


class WantedSegment(Sent):
    """A segment as campaigns describe it, and the channel by which its customers would be reached."""

    segment: Segment
    channel: Literal["voice", "sms", "fax"]


class WantedPreview(WantedSegment):
    """*limit*: how many customers to show."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20


class SegmentTold(Told):
    """*customers* belong to it, *reachable* of them have a number for the channel."""

    customers: int
    reachable: int


class MemberTold(Told):
    """One customer of a segment, with what a text may say of them."""

    customer_id: int
    address: str | None
    language: str
    fields: Mapping[str, str]


class PreviewTold(Told):
    """The first customers of a segment."""

    data: list[MemberTold]


@bp.post("/segments/count")
@endpoint(*READERS, tag="segments", body=WantedSegment, answer=SegmentTold)
def count_segment(body: WantedSegment) -> SegmentTold:
    """How many customers a segment holds now."""
    customers = reachable = 0
    with runtime().database.reading(caller().tenant_id) as session:
        for member in members(session, caller().tenant_id, body.segment, body.channel):
            customers += 1
            reachable += member.address is not None
    return SegmentTold(customers=customers, reachable=reachable)


@bp.post("/segments/preview")
@endpoint(*READERS, tag="segments", body=WantedPreview, answer=PreviewTold)
def preview_segment(body: WantedPreview) -> PreviewTold:
    """The first customers of a segment."""
    shown: list[MemberTold] = []
    with runtime().database.reading(caller().tenant_id) as session:
        for member in members(session, caller().tenant_id, body.segment, body.channel):
            address = number(member.address) if member.address else None
            shown.append(
                MemberTold(
                    customer_id=member.customer_id,
                    address=address,
                    language=member.language,
                    fields=member.fields,
                )
            )
            if len(shown) == body.limit:
                break
    return PreviewTold(data=shown)
