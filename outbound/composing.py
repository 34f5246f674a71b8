"""The letter of one fax delivery: the source's texts, the recipient's values, and who sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.db import ScopedSession
from core.errors import NotFound
from core.models import Tenant
from outbound.letters import Letter, OptOut, to_pdf
from outbound.letters.fax import to_tiff
from outbound.links import SUFFIX
from outbound.models import Attempt, Delivery, Source
from outbound.texts import Template, placeholders, render
from outbound.work import text_in

# what every letter says besides its own text
NEEDED = frozenset({"name", "company", "company_phone", "opt_out_phone", "opt_out_fax"})


@dataclass(frozen=True)
class Document:
    """A file as it is served."""

    content: bytes
    media_type: str


def needed(text: Mapping[str, Any]) -> frozenset[str]:
    """Every value a letter with this text asks for."""
    return NEEDED.union(*(placeholders(str(part)) for part in (text["subject"], *text["paragraphs"])))


def letter_of(text: Mapping[str, Any], values: Mapping[str, str], language: str, sent_at: datetime) -> Letter:
    """The letter; *sent_at* in the sender's zone. Raises Invalid if it cannot be sent as it should look."""
    return Letter(
        sender=values["company"],
        sender_phone=values["company_phone"],
        sender_address=values.get("company_address", ""),
        recipient=values["name"],
        recipient_company=values.get("customer_company", ""),
        subject=_filled(str(text["subject"]), values, language),
        body=tuple(_filled(str(part), values, language) for part in text["paragraphs"]),
        sent_at=sent_at,
        signature=values.get("signature", ""),
        language=language,
        opt_out=OptOut(values["opt_out_phone"], values["opt_out_fax"]),
    )


def document(session: ScopedSession, token: str, suffix: str) -> Document:
    """The letter of the attempt *token* as PDF or fax TIFF; the same bytes whenever it is asked for."""
    found = session.execute(
        select(Attempt, Delivery, Source, Tenant)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .join(Source, Source.id == Delivery.source_id)
        .join(Tenant, Tenant.id == Delivery.tenant_id)
        .where(Attempt.token == token, Attempt.channel == "fax")
    ).one_or_none()
    media_types = {name: media_type for media_type, name in SUFFIX.items()}
    if found is None or suffix not in media_types:
        raise NotFound("no_letter", "there is no such letter")
    attempt, delivery, source, tenant = found
    values = {**source.content.get("variables", {}), **delivery.variables}
    sent_at = attempt.started_at.astimezone(ZoneInfo(tenant.zone))
    text = text_in(source.content, delivery.language)
    pdf = to_pdf(letter_of(text, values, delivery.language, sent_at))
    return Document(to_tiff(pdf) if suffix == "tiff" else pdf, media_types[suffix])


def subject_of(source: Source, delivery: Delivery) -> str:
    """What the letter of a delivery is about."""
    values = {**source.content.get("variables", {}), **delivery.variables}
    return _filled(
        str(text_in(source.content, delivery.language).get("subject", "")), values, delivery.language
    )


def _filled(source: str, values: Mapping[str, str], language: str) -> str:
    return render(_template(source, language), values)


@lru_cache(256)
def _template(source: str, language: str) -> Template:
    return Template(source, language)
