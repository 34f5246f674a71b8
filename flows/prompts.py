"""
Prompts of a tenant's own: audio for a language, which a flow plays by name, or a text that is read aloud in its place.

They stand in the database, so that every host has them, and each host keeps files of them (ivr/audio.py), so that callers hear them
without it. What is uploaded is told by its content, never by its name, and is played as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session, undefer

from core import audit
from core.characters import unfit
from core.db import MAX_ID
from core.errors import Fault, NotFound, WrongFields
from core.sentences import Sentence
from flows.models import Prompt

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
MOST_BYTES = 5_000_000
MOST_CHARS = 1000
MOST = 500
WAV, MP3 = "audio/wav", "audio/mpeg"
CODINGS = (1, 6, 7)
"""PCM, A-law and mu-law, as a WAV's format chunk counts them."""
RATES = (8_000, 48_000)


@dataclass(frozen=True)
class Given:
    """A prompt as somebody gives it: *audio*, or else the *text* that is read aloud."""

    name: str
    language: str
    audio: bytes = b""
    text: str = ""


def keep(session: Session, tenant_id: int, given: Given, who: str, now: datetime) -> Prompt:
    """Keep a prompt in place of the one of its name and language. Raises WrongFields."""
    if faults := list(_faults(given)):
        raise WrongFields(faults)
    found = session.scalar(_one(tenant_id, given.name, given.language))
    if found is None:
        mine = select(func.count()).select_from(Prompt).where(Prompt.tenant_id == tenant_id)
        if (session.scalar(mine) or 0) >= MOST:
            raise WrongFields(
                [Fault("name", "too_many", Sentence("there are {most} prompts; remove some", most=MOST))]
            )
        found = Prompt(tenant_id=tenant_id, name=given.name, language=given.language)
        session.add(found)
    found.audio, found.media_type = given.audio, media_type(given.audio) or ""
    found.text = "" if given.audio else given.text.strip()
    found.digest = hashlib.sha256(found.audio or found.text.encode()).hexdigest()
    found.created_by, found.created_at = who, now
    session.flush()
    about = f"prompt:{given.name}.{given.language}"
    audit.record(session, tenant_id, who, "keep_prompt", about, digest=found.digest)
    return found


def remove(session: Session, tenant_id: int, prompt_id: int, who: str) -> None:
    """Callers hear this prompt no more. Raises NotFound."""
    found = get(session, tenant_id, prompt_id)
    session.execute(delete(Prompt).where(Prompt.id == found.id))
    audit.record(session, tenant_id, who, "remove_prompt", f"prompt:{found.name}.{found.language}")


def get(session: Session, tenant_id: int, prompt_id: int) -> Prompt:
    """One prompt with its audio. Raises NotFound."""
    mine = (Prompt.id == prompt_id, Prompt.tenant_id == tenant_id)
    chosen = select(Prompt).where(*mine).options(undefer(Prompt.audio))
    found = session.scalar(chosen) if 0 < prompt_id <= MAX_ID else None
    if found is None:
        raise NotFound("no_prompt", "there is no such prompt")
    return found


def listed(session: Session, tenant_id: int) -> Sequence[Prompt]:
    """A tenant's prompts by name, without their audio."""
    mine = select(Prompt).where(Prompt.tenant_id == tenant_id)
    return session.scalars(mine.order_by(Prompt.name, Prompt.language)).all()


def known(session: Session, tenant_id: int) -> frozenset[tuple[str, str]]:
    """(name, language) of every prompt there is, as lint wants it."""
    rows = session.execute(select(Prompt.name, Prompt.language).where(Prompt.tenant_id == tenant_id))
    return frozenset((row.name, row.language) for row in rows)


def media_type(audio: bytes) -> str | None:
    """What *audio* is, by its content: a WAV or an MP3 that carriers play; None if it is neither."""
    if audio[:4] == b"RIFF" and audio[8:12] == b"WAVE":
        return WAV if _is_playable(audio) else None
    is_mp3 = audio[:3] == b"ID3" or (len(audio) > 3 and audio[0] == 0xFF and audio[1] & 0xE6 == 0xE2)
    return MP3 if is_mp3 else None


def _is_playable(wav: bytes) -> bool:
    at = wav.find(b"fmt ", 12, 4096)
    if at < 0 or len(wav) < at + 24:
        return False
    coding = int.from_bytes(wav[at + 8 : at + 10], "little")
    rate = int.from_bytes(wav[at + 12 : at + 16], "little")
    return coding in CODINGS and RATES[0] <= rate <= RATES[1]


def _faults(given: Given) -> Iterator[Fault]:
    if not NAME.fullmatch(given.name):
        yield Fault(
            "name",
            "bad_name",
            Sentence("use small letters, digits and _ . -, 64 at most, such as greeting_en"),
        )
    if not LANGUAGE.fullmatch(given.language):
        yield Fault(
            "language",
            "bad_language",
            Sentence("write a language as two or three small letters, such as en or zh"),
        )
    if len(given.audio) > MOST_BYTES:
        yield Fault(
            "audio", "too_large", Sentence("choose a file of at most {most} MB", most=MOST_BYTES // 1_000_000)
        )
    elif given.audio and media_type(given.audio) is None:
        yield Fault(
            "audio", "not_audio", Sentence("choose a WAV (PCM, A-law or mu-law, 8 to 48 kHz) or an MP3")
        )
    elif not given.audio and not given.text.strip():
        yield Fault("audio", "nothing_given", Sentence("choose a file, or write the text that is read aloud"))
    if said := unfit(given.text):
        yield Fault("text", "bad_text", said)
    elif len(given.text) > MOST_CHARS:
        yield Fault("text", "text_too_long", Sentence("write at most {most} characters", most=MOST_CHARS))


def _one(tenant_id: int, name: str, language: str) -> Select[Prompt]:
    return select(Prompt).where(
        Prompt.tenant_id == tenant_id, Prompt.name == name, Prompt.language == language
    )
