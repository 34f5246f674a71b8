from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app import create_app
from core.carriers.round_trip import round_trip_problems
from core.config import Config
from exchange.server import InThread
from tests.core.carriers.world import SID

Wsgi = Callable[..., object]
Serve = Callable[[Wsgi], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a WSGI application on a free port; its address."""
    running = []

    def start(application: Wsgi) -> str:
        server = make_server("127.0.0.1", 0, application, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def settings(tmp_path: Path, exchange: InThread) -> Callable[..., Config]:
    def make(**more: object) -> Config:
        known = {
            "database_url": f"sqlite:///{tmp_path}/carillon.db",
            "state_dir": tmp_path,
            "exchange_url": exchange.base_url,
            "exchange_account_sid": SID,
            "exchange_auth_token": "right",
        }
        return Config(**known | more)  # type: ignore[arg-type]

    return make


@pytest.fixture
def service(settings: Callable[..., Config]) -> Iterator[Callable[..., Flask]]:
    """The whole service."""
    made = []

    def make(**more: object) -> Flask:
        made.append(create_app(settings(**more)))
        return made[-1]

    yield make
    for app in made:
        app.extensions["carillon"].spool.close()
        app.extensions["carillon"].database.close()


@pytest.fixture
def carillon(service: Callable[..., Flask], serve: Serve) -> tuple[Flask, str]:
    """The whole service on a free port, told its own address only afterwards, as behind a proxy."""
    answering: list[Wsgi] = []
    url = serve(lambda environ, respond: answering[0](environ, respond))
    answering.append(service(public_url=url))
    return answering[0], url


def behind_proxy(app: Flask, cut: str) -> Wsgi:
    """A proxy that takes *cut* off the path it passes on."""

    def proxy(environ: dict[str, str], respond: Wsgi) -> object:
        path = environ["PATH_INFO"].removeprefix(cut)
        return app(environ | {"PATH_INFO": path, "REQUEST_URI": path, "RAW_URI": path}, respond)

    return proxy


def test_all_is_well(carillon: tuple[Flask, str]) -> None:
    app, _ = carillon
    result = app.test_cli_runner().invoke(args=["carriers", "check"])
    assert result.output == "All carriers are ready.\n"
    assert result.exit_code == 0


def test_what_is_wrong_is_told_with_exit_code_1_and_as_json(service: Callable[..., Flask]) -> None:
    app = service(public_url="http://127.0.0.1:9", exchange_url="http://127.0.0.1:9")
    result = app.test_cli_runner().invoke(args=["carriers", "check", "--json"])
    found = json.loads(result.output)
    assert found["carriers"] == {"fax": "exchange", "sms": "exchange", "voice": "exchange"}
    assert [problem.split(":")[0] for problem in found["problems"]] == ["Exchange", "PUBLIC_URL"]
    assert result.exit_code == 1
    plain = app.test_cli_runner().invoke(args=["carriers", "check"])
    assert plain.output.splitlines() == found["problems"]
    assert plain.exit_code == 1


def test_a_proxy_that_changes_the_path_spoils_signatures(
    settings: Callable[..., Config], carillon: tuple[Flask, str], serve: Serve
) -> None:
    app, _ = carillon
    (problem,) = round_trip_problems(settings(public_url=serve(behind_proxy(app, "/prefix")) + "/prefix"))
    assert "refuses a receipt signed for it (HTTP 403)" in problem


def test_another_token_at_the_web_is_noticed(
    settings: Callable[..., Config], carillon: tuple[Flask, str]
) -> None:
    (problem,) = round_trip_problems(settings(public_url=carillon[1], exchange_auth_token="rotated"))
    assert "refuses a receipt signed for it (HTTP 403)" in problem


def test_another_service_at_our_address_is_noticed(settings: Callable[..., Config], serve: Serve) -> None:
    (problem,) = round_trip_problems(settings(public_url=serve(Flask("other"))))
    assert "(HTTP 404, not 403); it is not this service" in problem
