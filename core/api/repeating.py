"""
Requests that are sent again: with an Idempotency-Key the work is done once and the answer kept for a day.

What a request changes and the answer it gets are committed together, so that a process that dies leaves either both or
neither; who asks again after WORKING_S may then take it over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from core import clock
from core.api.keys import Caller
from core.bulk import insert_new
from core.db import Database
from core.errors import Conflict, Fault, WrongFields
from core.models import KeptAnswer

KEEP = timedelta(hours=24)
WORKING_S = 120
MAX_NAME = 200


@dataclass(frozen=True)
class Answer:
    """What a request was answered with."""

    status: int
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Claim:
    """That this process, *worker*, does what the request *name* of key *key_id* asks."""

    key_id: int
    name: str
    worker: str

    @property
    def mine(self) -> Any:
        """The row, while nobody else has taken it over."""
        is_it = (KeptAnswer.api_key_id == self.key_id) & (KeptAnswer.name == self.name)
        return is_it & (KeptAnswer.worker == self.worker) & (KeptAnswer.status == 0)


def begin(database: Database, caller: Caller, name: str, request_hash: str) -> Claim | Answer:
    """
    The claim to do a request, or the answer it got before.

    Raises WrongFields if *name* went with another request, Conflict while that one is still worked on.
    """
    if not 1 <= len(name) <= MAX_NAME or not name.isascii() or not name.isprintable():
        detail = f"use 1 to {MAX_NAME} printable ASCII characters, such as a UUID"
        raise WrongFields([Fault("Idempotency-Key", "bad_idempotency_key", detail)])
    claim = Claim(caller.key_id, name, clock.new_token())
    now = clock.real()
    with database.session(caller.tenant_id) as session:
        session.execute(delete(KeptAnswer).where(KeptAnswer.created_at < now - KEEP))
        row = {
            "tenant_id": caller.tenant_id,
            "api_key_id": caller.key_id,
            "name": name,
            "status": 0,
            "body": "",
        }
        if insert_new(
            session,
            KeptAnswer,
            [{**row, "request_hash": request_hash, "worker": claim.worker, "headers": {}, "created_at": now}],
        ):
            return claim
        kept = session.scalars(
            select(KeptAnswer)
            .where(KeptAnswer.api_key_id == caller.key_id, KeptAnswer.name == name)
            .with_for_update()
        ).one()
        if kept.request_hash != request_hash:
            detail = "this key went with another request; use a new one"
            raise WrongFields([Fault("Idempotency-Key", "other_request", detail)], "idempotency_key_reused")
        if kept.status:
            return Answer(kept.status, kept.body, kept.headers)
        if kept.created_at > now - timedelta(seconds=WORKING_S):
            raise Conflict("in_progress", "this very request is being worked on; ask again in a moment")
        kept.worker, kept.created_at = claim.worker, now
    return claim


def keep(session: Session, claim: Claim, answer: Answer) -> None:
    """Keep *answer* in the transaction of what it tells of. Raises Conflict if another process has taken over."""
    kept = update(KeptAnswer).where(claim.mine)
    values = {"status": answer.status, "body": answer.body, "headers": dict(answer.headers)}
    result = session.execute(kept.values(**values), execution_options={"synchronize_session": False})
    if not cast("CursorResult[Any]", result).rowcount:
        raise Conflict("in_progress", "this very request is being worked on by another process")


def give_up(database: Database, tenant_id: int, claim: Claim) -> None:
    """Forget a claim: nothing was done, and the same request may be tried again."""
    with database.session(tenant_id) as session:
        session.execute(delete(KeptAnswer).where(claim.mine))
