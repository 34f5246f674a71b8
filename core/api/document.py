"""Where programs read what there is under /api/v1."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, current_app, jsonify
from pydantic import BaseModel

PREFIX = "/api/v1"
bp = Blueprint("api", __name__, url_prefix=PREFIX)


@dataclass(frozen=True)
class Described:
    """What `@endpoint` notes on a view for the document: models of what is asked, sent and answered."""

    tag: str
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: type[BaseModel] | None
    status: int


@bp.get("/openapi.json")
def document() -> Response:
    """What there is, for programs; open to everybody, as it holds nobody's data."""
    from core.api import (
        openapi,
    )  # makes schemas by the hundred, for which no process should have to wait when it starts

    return jsonify(openapi.document(current_app._get_current_object()))  # type: ignore[attr-defined]  # werkzeug's proxy
