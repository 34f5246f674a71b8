"""Recordings are deleted at the carrier when their days are over, or at once if somebody was erased."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import select

from aftersales import recordings
from aftersales.models import CallRecording
from core import clock
from core.config import Config
from core.db import ALL_TENANTS
from core.errors import NotFound
from core.models import AuditEntry, Tenant
from core.runtime import Runtime
from customers.retention import horizon
from ivr.erasing import delete_recordings
from ivr.models import Voicemail
from tests.ivr.phone import ACCOUNT, CALLER

OLD, NEW, WAITING, ERASED = (f"RE{letter * 32}" for letter in "abcd")
NONSENSE = "../../Calls"


class Store(BaseHTTPRequestHandler):
    """A carrier that deletes recordings, or answers by *status*."""

    asked: list[str]
    status: int

    def do_DELETE(self) -> None:
        """One recording."""
        self.asked.append(self.path)
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def store() -> Iterator[HTTPServer]:
    Store.asked, Store.status = [], 204
    server = HTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def config(config: Config, store: HTTPServer) -> Config:
    return config.model_copy(update={"exchange_url": f"http://127.0.0.1:{store.server_port}"})


@pytest.fixture
def messages(runtime: Runtime) -> None:
    """One dealt with long ago, one of today, one nobody has dealt with yet, one of somebody erased, one with an id that is none."""
    now = clock.now()
    with runtime.database.session(ALL_TENANTS) as session:
        for recording, days, state, is_unwanted in (
            (OLD, 91, "done", False),
            (NEW, 1, "done", False),
            (WAITING, 91, "new", False),
            (ERASED, 0, "new", True),
            (NONSENSE, 91, "done", False),
        ):
            session.add(
                Voicemail(
                    tenant_id=1, call_id=f"CA{recording}", recording_id=recording, recording_url="", caller=CALLER,
                    state=state, is_unwanted=is_unwanted, due_at=now, at=now - timedelta(days=days),
                )
            )  # fmt: skip


def deleted(runtime: Runtime) -> int:
    with runtime.database.reading(1) as session:
        tenant = session.get_one(Tenant, 1)
    return delete_recordings(runtime, tenant)


def test_recordings_go_when_their_days_are_over_or_somebody_is_erased(
    runtime: Runtime, messages: None
) -> None:
    assert deleted(runtime) == 4, "the one without an id has none to delete"

    base = f"/2010-04-01/Accounts/{ACCOUNT}/Recordings"
    assert sorted(Store.asked) == [f"{base}/{OLD}.json", f"{base}/{WAITING}.json", f"{base}/{ERASED}.json"]
    with runtime.database.reading(1) as session:
        gone = session.scalars(
            select(Voicemail.recording_id).where(Voicemail.audio_deleted_at.is_not(None))
        ).all()
        assert set(gone) == {OLD, WAITING, ERASED, NONSENSE}
        said = session.scalars(
            select(AuditEntry.details).where(AuditEntry.action == "recording_deleted")
        ).all()
        assert {each["recording"] for each in said} == {OLD, WAITING, ERASED, NONSENSE}
    assert deleted(runtime) == 0, "each once"


@pytest.mark.parametrize(
    ("status", "gone"),
    [
        pytest.param(404, 4, id="the carrier has it no more"),
        pytest.param(401, 1, id="wrong credentials"),
        pytest.param(500, 1, id="an error"),
        pytest.param(302, 1, id="a redirect is not followed"),
    ],
)
def test_what_the_carrier_does_not_delete_is_tried_again(
    runtime: Runtime, messages: None, status: int, gone: int
) -> None:
    Store.status = status
    assert deleted(runtime) == gone

    Store.status = 204
    assert deleted(runtime) == 4 - gone


def test_a_carrier_that_is_away_is_asked_again(runtime: Runtime, messages: None, store: HTTPServer) -> None:
    store.shutdown()
    store.server_close()

    assert deleted(runtime) == 1


@pytest.mark.parametrize(
    ("figures", "age_days", "erased_days_ago", "is_gone"),
    [
        pytest.param({}, 1825, None, False, id="a proof within its years"),
        pytest.param({}, 1827, None, True, id="one whose years are over"),
        pytest.param({"proof_days": 30}, 31, None, True, id="one beyond the tenant's own figure"),
        pytest.param({}, 1, 0, True, id="one of somebody erased"),
        pytest.param({"proof_after_erasure_days": 60}, 1, 59, False, id="one the law wants kept"),
        pytest.param({"proof_after_erasure_days": 60}, 1, 61, True, id="one the law wants no longer"),
        pytest.param({"proof_days": 30, "proof_after_erasure_days": 60}, 31, 1, True, id="one nobody keeps so long"),
    ],
)  # fmt: skip
@pytest.mark.storage
def test_calls_recorded_as_proof_are_kept_as_the_policy_says(
    runtime: Runtime, figures: dict[str, int], age_days: int, erased_days_ago: int | None, is_gone: bool
) -> None:
    now = clock.now()
    with runtime.database.session(ALL_TENANTS) as session:
        tenant = session.get_one(Tenant, 1)
        tenant.policy = {"figures": {tenant.region.lower(): figures}}
        row = {"tenant_id": 1, "call_id": "CA1", "recording_id": OLD, "duration_s": 30}
        recordings.keep(session, [{**row, "at": now - timedelta(days=age_days)}] * 2)
        if erased_days_ago is not None:
            call = select(CallRecording.call_id).where(CallRecording.call_id == "CA1")
            clock.freeze(now - timedelta(days=erased_days_ago))
            assert recordings.erase(session, call, horizon(tenant, clock.now())) == 1
            clock.freeze(now)

    assert deleted(runtime) == is_gone
    assert len(Store.asked) == is_gone
    with runtime.database.session(1) as session:
        if is_gone:
            with pytest.raises(NotFound):
                recordings.hear(session, 1, "x")
        else:
            assert recordings.hear(session, 1, "x").recording_id == OLD
