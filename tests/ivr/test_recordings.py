"""Recordings are deleted at the carrier when their days are over, or at once if somebody was erased."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import select

from core import clock
from core.config import Config
from core.db import ALL_TENANTS
from core.models import AuditEntry, Tenant
from core.runtime import Runtime
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
