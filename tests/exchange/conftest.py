"""A customer's server to answer webhooks, and exchanges to try."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from exchange.server import InThread, run_in_thread

ACCOUNT = "AC" + "1" * 32
OTHER = "AC" + "2" * 32
TOKEN = "secret"
HOTLINE = "+18005550100"
CALLER = "+15551230001"
Steps = list[dict[str, str]]
Play = Callable[..., Steps]


@dataclass(frozen=True)
class Asked:
    """One request the server got."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    signed: bool
    at: float


@dataclass
class Page:
    """One answer."""

    body: str | bytes = ""
    status: int = 200
    kind: str = "text/xml"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@dataclass
class Office:
    """The customer's server: `pages` by path; a list gives one answer a request, its last one stays."""

    url: str = ""
    pages: dict[str, str | Page | list[Page]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> Page:
        """The page for a request; 204 where there is none."""
        self.asked.append(asked)
        page = self.pages.get(asked.path, Page(status=204))
        if isinstance(page, list):
            page = page.pop(0) if len(page) > 1 else page[0]
        return Page(page) if isinstance(page, str) else page

    def at(self, path: str) -> list[Asked]:
        """The requests for one path."""
        return [asked for asked in self.asked if asked.path == path]


class Handler(BaseHTTPRequestHandler):
    """Turns HTTP into Asked and Page."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    office: Office

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, body: str) -> None:
        parts = urlsplit(self.path)
        params = dict(parse_qsl(body or parts.query, keep_blank_values=True))
        url, given = self.office.url + self.path, self.headers.get("X-Twilio-Signature", "")
        sent = dict(parse_qsl(body, keep_blank_values=True))
        signed = bool(RequestValidator(TOKEN).validate(url, sent, given))
        page = self.office.answer(
            Asked(self.command, parts.path, params, dict(self.headers), signed, time.monotonic())
        )
        time.sleep(page.delay_s)
        content = page.body.encode() if isinstance(page.body, str) else page.body
        self.send_response(page.status)
        for name, value in {"Content-Type": page.kind, **page.headers}.items():
            if value:
                self.send_header(name, value)
        if page.status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content if page.status != 204 else b"")
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Says nothing when the other side hangs up."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        pass


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    server = Server(("127.0.0.1", 0), type("OfficeHandler", (Handler,), {"office": office}))
    office.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield office
    server.shutdown()
    thread.join()
    server.server_close()


def population(office_url: str = "http://127.0.0.1:9", **parts: Any) -> dict[str, Any]:
    """Two accounts, a hotline; *parts* replace whole sections."""
    return {
        "accounts": [
            {"sid": ACCOUNT, "token": TOKEN, "cps": 100},
            {"sid": OTHER, "token": "other", "cps": 100},
        ],
        "numbers": {
            HOTLINE: {"account": ACCOUNT, "voice_url": f"{office_url}/voice", "sms_url": f"{office_url}/sms"}
        },
        **parts,
    }


Start = Callable[..., InThread]


@pytest.fixture
def start(tmp_path: Path, office: Office) -> Iterator[Start]:
    """Start an exchange: `start(speed=…, **population sections)`."""
    with ExitStack() as stack:

        def begin(*, speed: float = 300, seed: int = 1, **parts: Any) -> InThread:
            given = population(office.url, **parts)
            return stack.enter_context(
                run_in_thread(given, seed=seed, speed=speed, ledger=tmp_path / "ledger.db")
            )

        yield begin


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InThread]:
    """One exchange for all tests of a file in which nothing is to be accepted."""
    people = population(subscribers={"prefixes": {"+1888": "landline"}})
    with run_in_thread(people, ledger=tmp_path_factory.mktemp("refusing") / "ledger.db") as running:
        yield running


@pytest.fixture
def exchange(start: Start) -> InThread:
    """An exchange whose subscribers all answer and take texts."""
    return start()


def client_of(exchange: InThread, account: str = ACCOUNT, token: str = TOKEN) -> Client:
    """Twilio's own client, pointed at the exchange."""
    client = Client(account, token)
    client.api.base_url = exchange.base_url
    return client


@pytest.fixture
def client(exchange: InThread) -> Client:
    return client_of(exchange)


@pytest.fixture
def play(exchange: InThread, office: Office) -> Play:
    """Ring the hotline, enter keys, return what was heard."""

    def heard(document: str | Page, keys: str = "", **more: Any) -> Steps:
        office.pages["/voice"] = document
        sid = exchange.call(CALLER, HOTLINE, keys, **more)
        exchange.wait_idle()
        steps: Steps = exchange.transcript(sid)["steps"]
        return [step for step in steps if "document" not in step and "gather" not in step]

    return heard


def response(inside: str) -> str:
    return f"<Response>{inside}</Response>"
