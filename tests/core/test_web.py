"""The web's edge: health, headers, and how errors are answered."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from core import clock
from core.config import Config
from core.db import ALL_TENANTS
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.jobs import look_at_carriers
from core.models import Host
from core.runtime import Runtime


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(
        Config(database_url=fresh_url, state_dir=tmp_path / "state", exchange_url="http://127.0.0.1:1")
    )

    @app.get("/api/raise/<kind>")
    def raise_(kind: str) -> str:
        raise {
            "invalid": Invalid("bad", "enter a number"),
            "forbidden": Forbidden("no", "not you"),
            "missing": NotFound("gone", "no such thing"),
            "conflict": Conflict("late", "not any more"),
            "bug": RuntimeError("secret detail"),
        }[kind]

    yield app
    runtime: Runtime = app.extensions["carillon"]
    runtime.spool.close()
    runtime.database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        pytest.param("invalid", 400, "bad", id="nonsense"),
        pytest.param("forbidden", 403, "no", id="not allowed"),
        pytest.param("missing", 404, "gone", id="not there"),
        pytest.param("conflict", 409, "late", id="not in this state"),
        pytest.param("bug", 500, "unexpected", id="our own mistake"),
    ],
)
def test_an_error_is_a_problem_document_without_inner_details(
    client: FlaskClient, kind: str, status: int, code: str
) -> None:
    answer = client.get(f"/api/raise/{kind}")

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json is not None
    assert answer.json["code"] == code
    assert "secret detail" not in answer.text


def test_every_answer_carries_the_headers_that_protect_browsers(client: FlaskClient) -> None:
    headers = client.get("/healthz").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("seen_ago_s", "ready"),
    [
        pytest.param(5, True, id="a worker that just spoke"),
        pytest.param(120, False, id="a worker silent for two minutes"),
        pytest.param(None, False, id="no worker ever"),
    ],
)
def test_it_is_ready_while_a_worker_lives(
    app: Flask, client: FlaskClient, seen_ago_s: int | None, ready: bool
) -> None:
    if seen_ago_s is not None:
        runtime: Runtime = app.extensions["carillon"]
        with runtime.database.session(ALL_TENANTS) as session:
            seen_at = clock.real() - timedelta(seconds=seen_ago_s)
            session.add(Host(name="a", role="worker", seen_at=seen_at))

    answer = client.get("/readyz")

    assert answer.status_code == (200 if ready else 503)
    assert answer.json == {"database": True, "worker": ready, "carriers": True}


def test_it_is_not_ready_while_a_carrier_is_not(app: Flask, client: FlaskClient) -> None:
    runtime: Runtime = app.extensions["carillon"]
    with runtime.database.session(ALL_TENANTS) as session:
        session.add(Host(name="a", role="worker", seen_at=clock.real()))
    with ThreadPoolExecutor(1) as pool:
        look_at_carriers(runtime, pool)  # nobody listens where its exchange should be

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {"database": True, "worker": True, "carriers": False}


def test_without_its_database_it_is_alive_but_not_ready(tmp_path: Path) -> None:
    app = create_app(Config(database_url=f"sqlite:///{tmp_path}/no/such/folder.db", state_dir=tmp_path))
    client = app.test_client()

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


@pytest.mark.parametrize(
    "path",
    [
        "/receipts/x/voice",
        "/receipts/x/sms",
        "/receipts/x/fax",
        "/receipts/x/smoke",
        "/inbound/sms",
        "/ivr/answer",
        "/ivr/turn/x",
        "/ivr/status",
    ],
)
@pytest.mark.parametrize("signature", [None, "", "AAAA", "é"])
def test_an_unsigned_webhook_is_refused(client: FlaskClient, path: str, signature: str | None) -> None:
    headers = {} if signature is None else {"X-Twilio-Signature": signature.encode().decode("latin-1")}

    assert client.post(path, data={"CallSid": "CA1"}, headers=headers).status_code == 403
