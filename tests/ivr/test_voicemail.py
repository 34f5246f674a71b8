"""Messages are dealt with once, by somebody, and heard only from the carrier's own store."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from core import clock
from core.config import Config
from core.db import ALL_TENANTS
from core.errors import CarillonError, Conflict, Invalid, NotFound, Unavailable
from core.models import Staff
from core.runtime import Runtime
from ivr import queries, recordings, voicemail
from ivr.models import Voicemail
from tests.ivr.phone import ACCOUNT, CALLER, TOKEN

RECORDING = "RE" + "a" * 32


@pytest.fixture
def message(runtime: Runtime) -> Voicemail:
    with runtime.database.session(ALL_TENANTS) as session:
        left = Voicemail(
            tenant_id=1,
            call_id="CA1",
            recording_id=RECORDING,
            recording_url="http://169.254.169.254/latest/meta-data",
            caller=CALLER,
            topic="repairs",
            duration_s=7,
            owner_id=1,
            due_at=clock.now() + timedelta(hours=4),
            at=clock.now(),
        )
        session.add(left)
    return left


def test_a_message_is_done_once_with_who_and_what(runtime: Runtime, message: Voicemail) -> None:
    with runtime.database.session(1) as session:
        voicemail.done(session, message.id, 1, "called back")
    with runtime.database.reading(1) as session:
        (row,) = queries.voicemails(session, "done")
        assert queries.voicemails(session, "new") == []
    assert (row.owner_name, row.note, row.done_at) == ("Ann", "called back", clock.now())
    with pytest.raises(Conflict), runtime.database.session(1) as session:
        voicemail.done(session, message.id, 1, "again")


@pytest.mark.parametrize(
    ("tenant", "staff", "note", "error"),
    [
        pytest.param(2, 1, "", NotFound, id="another tenant's message"),
        pytest.param(1, 99, "", NotFound, id="nobody of ours"),
        pytest.param(1, 1, "x" * 401, Invalid, id="a note too long"),
        pytest.param(1, 1, "a\x00b", Invalid, id="a note that is no text"),
    ],
)
def test_what_makes_no_sense_is_refused(
    runtime: Runtime, message: Voicemail, tenant: int, staff: int, note: str, error: type[CarillonError]
) -> None:
    with pytest.raises(error), runtime.database.session(tenant) as session:
        voicemail.done(session, message.id, staff, note)


def test_a_message_can_be_given_to_a_colleague_but_not_to_a_stranger(
    runtime: Runtime, message: Voicemail
) -> None:
    with runtime.database.session(ALL_TENANTS) as session:
        for number, tenant in ((2, 1), (3, 2)):
            session.add(
                Staff(
                    id=number,
                    tenant_id=tenant,
                    email=f"{number}@x.example",
                    name="Bo",
                    password="-",
                    created_at=clock.now(),
                )
            )
    with runtime.database.session(1) as session:
        assert voicemail.assign(session, message.id, 2, "a@acme.example").owner_id == 2
    with pytest.raises(NotFound), runtime.database.session(1) as session:
        voicemail.assign(session, message.id, 3, "a@acme.example")


def test_what_is_due_first_stands_first_and_late_ones_are_known(runtime: Runtime, message: Voicemail) -> None:
    with runtime.database.reading(1) as session:
        (row,) = queries.voicemails(session)
    assert not row.is_overdue(clock.now())
    assert row.is_overdue(clock.now() + timedelta(hours=5))


class Store(BaseHTTPRequestHandler):
    """A carrier's recordings: answers by *pages*, notes what was asked."""

    asked: list[tuple[str, str]]
    answer: tuple[int, str, bytes]

    def do_GET(self) -> None:
        """One recording."""
        self.asked.append((self.path, self.headers.get("Authorization", "")))
        status, kind, body = self.answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def store() -> Iterator[HTTPServer]:
    Store.asked, Store.answer = [], (200, "audio/x-wav", b"RIFF1234")
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


def test_the_recording_comes_from_the_account_whatever_address_the_webhook_gave(
    runtime: Runtime, message: Voicemail
) -> None:
    assert recordings.fetch(runtime.config, message.recording_id) == b"RIFF1234"
    ((path, authorization),) = Store.asked
    assert path == f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}.wav"
    assert base64.b64decode(authorization.removeprefix("Basic ")).decode() == f"{ACCOUNT}:{TOKEN}"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param((404, "text/plain", b""), NotFound, id="deleted"),
        pytest.param((302, "text/plain", b""), Unavailable, id="a redirect is not followed"),
        pytest.param((500, "text/plain", b""), Unavailable, id="an error"),
        pytest.param((401, "text/plain", b""), Unavailable, id="wrong credentials"),
        pytest.param((200, "text/html", b"<script>"), Unavailable, id="no sound"),
        pytest.param((200, "audio/x-wav", b"x" * (recordings.MAX_BYTES + 1)), Unavailable, id="too large"),
    ],
)
def test_anything_but_a_recording_is_refused(
    runtime: Runtime, message: Voicemail, answer: tuple[int, str, bytes], error: type[CarillonError]
) -> None:
    Store.answer = answer
    with pytest.raises(error):
        recordings.fetch(runtime.config, message.recording_id)
    assert len(Store.asked) == 1


@pytest.mark.parametrize("recording", ["", "RE1", "../../Calls", "RE" + "g" * 32, "RE" + "a" * 32 + "/x"])
def test_an_id_that_is_no_recordings_is_never_asked_for(
    runtime: Runtime, message: Voicemail, recording: str
) -> None:
    message.recording_id = recording
    with pytest.raises(NotFound):
        recordings.fetch(runtime.config, message.recording_id)
    assert Store.asked == []


def test_a_carrier_that_does_not_answer_is_reported_as_away(
    runtime: Runtime, message: Voicemail, store: HTTPServer
) -> None:
    store.shutdown()
    store.server_close()
    with pytest.raises(Unavailable):
        recordings.fetch(runtime.config, message.recording_id)
