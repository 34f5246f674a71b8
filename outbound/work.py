"""One claimed attempt with everything needed to send it, so that sending needs no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class Work:
    """
    An attempt on its way, ours until *lease_until* (real); *place* in its slice by what of the sender's rate goes before. *content* is its source's, by language; *variables* are the
    recipient's own; *ring_s* is how long a call may ring in their country.
    """

    tenant_id: int
    attempt_id: int
    delivery_id: int
    source_id: int
    sender_id: int
    token: str
    channel: str
    address: str
    sender: str
    language: str
    content: Mapping[str, Any]
    variables: Mapping[str, str]
    lease_until: datetime
    place: int = 0
    ring_s: int = 0

    @property
    def text(self) -> Mapping[str, Any]:
        """The content in the recipient's language."""
        return text_in(self.content, self.language)

    @property
    def values(self) -> dict[str, str]:
        """What stands for the placeholders: the source's constants, then the recipient's own."""
        return {**self.content.get("variables", {}), **self.variables}


def language_in(content: Mapping[str, Any], language: str) -> str:
    """*language* if the content has it, or else the first it has."""
    texts: Mapping[str, Mapping[str, Any]] = content.get("texts", {})
    return next((one for one in (language, DEFAULT_LANGUAGE) if texts.get(one)), next(iter(texts), language))


def text_in(content: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """The content in *language*, or in the first language it has."""
    texts: Mapping[str, Mapping[str, Any]] = content.get("texts", {})
    return texts.get(language_in(content, language), {})
