"""Servers to send to: some that misbehave in one exact way, and an exchange that behaves."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer

import pytest
from PIL import Image

from exchange.server import InThread, run_in_thread
from tests.core.carriers.raw_server import Behaviour, RawServer
from tests.core.carriers.world import OURS, PROJECT, SID, Web, World


@pytest.fixture
def raw_server() -> Iterator[Callable[[Behaviour], RawServer]]:
    """Start a RawServer."""
    servers: list[RawServer] = []

    def start(behave: Behaviour) -> RawServer:
        servers.append(RawServer(behave))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def web() -> Iterator[str]:
    with io.BytesIO() as page:
        Image.new("1", (1728, 300), 1).save(page, "TIFF", compression="group4", dpi=(204, 196))
        Web.tiff = page.getvalue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory, web: str) -> Iterator[InThread]:
    population = {
        "accounts": [
            {"sid": SID, "token": "right", "cps": 1000},
            {"sid": PROJECT, "token": "right", "cps": 1000, "fax_signing_key": "PSK_right"},
        ],
        "numbers": {
            OURS["twilio"]: {
                "account": SID,
                "voice_url": f"{web}/ivr/answer",
                "sms_url": f"{web}/inbound/sms",
            },
            OURS["signalwire"]: {"account": PROJECT},
        },
        "subscribers": {
            "prefixes": {"+1777": "fax", "+1888": "landline"},
            "numbers": {
                "+14155550111": {"voice": "no_answer"},
                "+14155550112": {"voice": "busy", "text": "unreachable"},
                "+17775550112": {"fax": "busy"},
            },
        },
    }
    with run_in_thread(
        population, seed=3, ledger=tmp_path_factory.mktemp("exchange") / "ledger.db"
    ) as running:
        yield running


@pytest.fixture
def world(exchange: InThread, web: str) -> Iterator[World]:
    Web.heard.clear()
    yield World(exchange, web)
    exchange.wait_idle()
