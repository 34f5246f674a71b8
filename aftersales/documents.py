"""Keeps what was signed or sent, to the byte, and hands it out again only if nobody has touched it."""

from __future__ import annotations

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.models import Document
from core import clock
from core.bulk import insert_new
from core.errors import NotFound, Unavailable


def keep(session: Session, tenant_id: int, name: str, media_type: str, content: bytes) -> str:
    """Keep *content*; its SHA-256 (hex), by which it is found. The same content is kept once."""
    sha256 = hashlib.sha256(content).hexdigest()
    row = {
        "tenant_id": tenant_id, "sha256": sha256, "media_type": media_type, "name": name,
        "content": content, "at": clock.now(),
    }  # fmt: skip
    insert_new(session, Document, [row])
    return sha256


def get(session: Session, sha256: str) -> Document:
    """The document. Raises NotFound, Unavailable if its bytes are not what they were."""
    found = session.scalar(select(Document).where(Document.sha256 == sha256))
    if found is None:
        raise NotFound("no_document", "there is no such document")
    if hashlib.sha256(found.content).hexdigest() != sha256:
        raise Unavailable(
            "document_changed", "this document is not what was archived; tell whoever keeps the database"
        )
    return found
