"""Documents kept to the byte: what was signed or sent can be shown again, and its hash proves that it is the same."""

from __future__ import annotations

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.models import Document
from core import clock
from core.bulk import insert_new
from core.errors import NotFound


def keep(session: Session, tenant_id: int, name: str, media_type: str, content: bytes) -> str:
    """Archive *content*; its SHA-256, by which it is found again. The same content is kept once."""
    sha256 = hashlib.sha256(content).hexdigest()
    row = {
        "tenant_id": tenant_id, "sha256": sha256, "media_type": media_type, "name": name, "content": content,
        "at": clock.now(),
    }  # fmt: skip
    insert_new(session, Document, [row])
    return sha256


def find(session: Session, sha256: str) -> Document:
    """
    A document of the session's tenant. Raises NotFound; RuntimeError if what is kept is not what was archived.
    """
    found = session.scalar(select(Document).where(Document.sha256 == sha256))
    if found is None:
        raise NotFound("no_document", "there is no such document")
    if hashlib.sha256(found.content).hexdigest() != found.sha256:
        raise RuntimeError(f"document {found.id} is not what was archived: somebody changed the database")
    return found
