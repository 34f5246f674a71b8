"""
Step 4 of the slice: what the carrier tells us afterwards, in any order, doubled, early or never.

Receipts are matched by the attempt's token, kept in the spool until the database has them, and applied in batches:
monotonic (a later word never undoes a final one), idempotent (each is one row), and able to precede the record of the send.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from core import clock
from core.carriers.words import end_of
from core.db import ScopedSession, is_sqlite, storable
from outbound import locking
from outbound.ending import Ended, settle_ends
from outbound.models import Attempt, Receipt
from outbound.proving import Word, prove_sent

LOGGER = logging.getLogger(__name__)
MAX_STATUS = 20
Known = Sequence[tuple[Attempt, Mapping[str, Any]]]


def noted(token: str, channel: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The entry to spool for one status callback. Raises nothing: odd values are cut, not refused."""
    prefix = {"voice": "Call", "sms": "Message", "fax": "Fax"}[channel]
    code = form.get("ErrorCode") or (form.get("SipResponseCode", "") if channel == "voice" else "")
    return {
        "token": storable(token),
        "channel": channel,
        "carrier_id": storable(form.get(f"{prefix}Sid", ""))[:64],
        "status": storable(form.get(f"{prefix}Status", ""))[:MAX_STATUS],
        "sequence": _number(form.get("SequenceNumber")),
        "code": storable(code)[:40],
        "duration_s": _number(form.get("CallDuration")),
        "pages": _number(form.get("NumPages")),
        "at": clock.now().isoformat(),
    }


def _number(text: str | None) -> int:
    return min(int(text[:9]), 10_000_000) if text and text.isascii() and text.isdigit() else 0


def apply(session: ScopedSession, entries: Sequence[Mapping[str, Any]]) -> None:
    """Carry spooled receipts into the database. Entries of unknown tokens, and of another channel, are left out."""
    found = locking.attempts(session, Attempt.token.in_({entry["token"] for entry in entries}))
    attempts = {attempt.token: attempt for attempt in found}
    known = [
        (attempts[entry["token"]], entry)
        for entry in entries
        if entry["token"] in attempts and attempts[entry["token"]].channel == entry["channel"]
    ]
    if not known:
        return
    _keep(session, known)
    words = [Word(attempt.id, entry["carrier_id"], entry["status"]) for attempt, entry in known]
    prove_sent(session, found, words)
    _alarm(known)
    settle_ends(session, [ended for pair in known if (ended := _ended(*pair))])


def _keep(session: ScopedSession, known: Known) -> None:
    insert = sqlite_insert if is_sqlite(session) else postgresql_insert
    rows = [
        {
            "tenant_id": attempt.tenant_id,
            "attempt_id": attempt.id,
            "carrier_id": entry["carrier_id"],
            "status": entry["status"],
            "sequence": entry["sequence"],
            "code": entry["code"],
            "at": datetime.fromisoformat(entry["at"]),
        }
        for attempt, entry in sorted(known, key=lambda pair: pair[0].id)
    ]
    session.execute(insert(Receipt).on_conflict_do_nothing(), rows)


def _alarm(known: Known) -> None:
    """What must never happen and is counted by the certificate: sent under two ids."""
    for attempt, entry in known:
        if entry["carrier_id"] and attempt.carrier_id not in (None, entry["carrier_id"]):
            LOGGER.error("attempt %d was sent twice: the carrier has two ids for it", attempt.id)


def _ended(attempt: Attempt, entry: Mapping[str, Any]) -> Ended | None:
    end = end_of(entry["channel"], entry["status"], entry["code"])
    if end is None or entry["carrier_id"] not in ("", attempt.carrier_id):
        return None
    return Ended(
        attempt_id=attempt.id,
        delivery_id=attempt.delivery_id,
        end=end,
        code=entry["code"],
        at=datetime.fromisoformat(entry["at"]),
        status=entry["status"],
        duration_s=entry["duration_s"],
        pages=entry["pages"],
    )


SPOOLED = {"receipt": apply}
