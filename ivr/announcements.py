"""
What every caller hears before anything else, from an instant to another: roads closed, lines down, a recall.

It travels in the snapshot, so that it is heard within a minute and without the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, clock
from core.characters import unfit
from core.db import MAX_ID
from core.errors import Conflict, Fault, NotFound, WrongFields
from core.models import Tenant
from core.sentences import Sentence
from flows import publish
from flows.language.text import plain
from flows.models import FlowVersion
from ivr.models import Announcement, HotlineNumber

MOST_CHARS = 300
LONGEST = timedelta(days=14)


def languages(session: Session, tenant_id: int) -> tuple[str, ...]:
    """The languages callers may be in: those of the published flows that answer the tenant's numbers."""
    answering = (
        select(FlowVersion)
        .join(
            HotlineNumber,
            (HotlineNumber.tenant_id == FlowVersion.tenant_id) & (HotlineNumber.flow == FlowVersion.name),
        )
        .where(FlowVersion.tenant_id == tenant_id, FlowVersion.state == "published")
    )
    flows = [publish.loaded(version.document) for version in session.scalars(answering)]
    return tuple(dict.fromkeys(lang for flow in flows for lang in flow.languages))


def announce(
    session: Session,
    tenant: Tenant,
    texts: Mapping[str, str],
    starts_at: datetime,
    ends_at: datetime,
    who: str,
) -> Announcement:
    """Say *texts* (language -> text) to every caller from *starts_at* until *ends_at*. Raises WrongFields, or Conflict without a hotline."""
    spoken = languages(session, tenant.id)
    if not spoken:
        raise Conflict(
            "no_hotline", "no number is answered by a published flow yet; first run: flask ivr answer"
        )
    given = {lang: texts.get(lang, "") for lang in spoken}
    said = {lang: plain(text) for lang, text in given.items()}
    faults = [
        Fault(
            f"text_{lang}",
            "language_unknown",
            Sentence("no flow speaks this language; enter it in {languages}", languages=spoken),
        )
        for lang in sorted(set(texts) - set(spoken))
    ]
    if faults := [*faults, *_text_faults(given, said), *_time_faults(starts_at, ends_at)]:
        raise WrongFields(faults)
    added = Announcement(
        tenant_id=tenant.id,
        texts=said,
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=who,
        created_at=clock.now(),
    )
    session.add(added)
    session.flush()
    audit.record(session, tenant.id, who, "announce", f"announcement:{added.id}", until=ends_at.isoformat())
    return added


def end(session: Session, tenant: Tenant, announcement_id: int, who: str) -> None:
    """Say it no more. Raises NotFound, or Conflict if it is over."""
    found = None
    if 0 < announcement_id <= MAX_ID:
        mine = (Announcement.id == announcement_id, Announcement.tenant_id == tenant.id)
        found = session.scalar(select(Announcement).where(*mine).with_for_update())
    if found is None:
        raise NotFound("no_announcement", "there is no such announcement")
    if found.ends_at <= clock.now():
        raise Conflict("announcement_over", "this announcement is over already")
    found.ends_at = clock.now()
    audit.record(session, tenant.id, who, "end_announcement", f"announcement:{found.id}")


def listed(session: Session, tenant_id: int, limit: int = 50) -> Sequence[Announcement]:
    """The newest first."""
    mine = select(Announcement).where(Announcement.tenant_id == tenant_id)
    return session.scalars(mine.order_by(Announcement.id.desc()).limit(limit)).all()


def _text_faults(given: Mapping[str, str], said: Mapping[str, str]) -> list[Fault]:
    faults = []
    for lang, text in said.items():
        if wrong := unfit(given[lang]):
            faults.append(Fault(f"text_{lang}", "bad_text", wrong))
        elif not text:
            faults.append(
                Fault(f"text_{lang}", "text_missing", "write what callers hear in this language, too")
            )
        elif len(text) > MOST_CHARS:
            faults.append(
                Fault(
                    f"text_{lang}",
                    "text_too_long",
                    Sentence("write at most {most} characters", most=MOST_CHARS),
                )
            )
    return faults


def _time_faults(starts_at: datetime, ends_at: datetime) -> list[Fault]:
    if ends_at <= clock.now():
        return [Fault("ends_at", "in_the_past", "enter a time to come")]
    if ends_at <= starts_at:
        return [Fault("ends_at", "ends_before_it_starts", "enter a time after the start")]
    if ends_at - starts_at > LONGEST:
        return [
            Fault(
                "ends_at",
                "too_long",
                Sentence(
                    "enter a time within {days} days; write what lasts into the flow", days=LONGEST.days
                ),
            )
        ]
    return []
