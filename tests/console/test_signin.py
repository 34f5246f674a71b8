"""Signing in, staying and leaving."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import pytest
from flask import Flask

from app import create_app
from console import sessions, staff
from console.access import COOKIE
from core import clock
from core.config import load
from core.db import ALL_TENANTS, Base
from core.models import AuditEntry, Counter, Staff, StaffSession
from tests.conftest import PRODUCTION_HASHER
from tests.console.browser import HTMX, send, sign_in, token_of
from tests.console.conftest import SignIn
from tests.console.world import PASSWORD, Company

WRONG = "This e-mail address and password do not belong together."


def test_the_right_password_opens_a_session_whose_row_holds_only_a_hash(app: Flask, ours: Company) -> None:
    client = app.test_client()

    answer = sign_in(client, " Supervisor@north.example ", PASSWORD)

    assert (answer.status_code, answer.location) == (303, "/today")
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    token = client.get_cookie(COOKIE).value
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        kept = session.query(StaffSession).one()
        assert session.query(AuditEntry).filter_by(action="sign_in").count() == 1
    assert kept.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert client.get("/today").status_code == 200


@pytest.mark.parametrize(
    ("email", "password"),
    [
        pytest.param("supervisor@north.example", "seven quiet lantern", id="wrong password"),
        pytest.param("nobody@north.example", PASSWORD, id="unknown address"),
        pytest.param("gone@north.example", PASSWORD, id="barred person"),
        pytest.param("", "", id="nothing"),
        pytest.param("supervisor@north.example' OR '1'='1", PASSWORD, id="quote"),
        pytest.param("supervisor@north.example\0", PASSWORD, id="NUL"),
        pytest.param("a" * 5000, "b" * 5000, id="very long"),
        pytest.param("supervisor@north.example", "七盏安静的灯笼呀呀呀呀", id="Chinese password"),
    ],
)
def test_whatever_is_wrong_gets_the_same_answer(app: Flask, ours: Company, email: str, password: str) -> None:
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        session.query(Staff).filter_by(email="auditor@north.example").update(
            {"email": "gone@north.example", "is_active": False}
        )
    client = app.test_client()

    answer = sign_in(client, email, password)

    assert answer.status_code == 422
    assert WRONG in answer.text
    assert client.get_cookie(COOKIE) is None


def test_an_unknown_address_takes_as_long_as_a_wrong_password(
    app: Flask, ours: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = app.extensions["carillon"].database
    monkeypatch.setattr(staff, "_hasher", PRODUCTION_HASHER)
    staff._nobody.cache_clear()
    with database.session(ALL_TENANTS) as session:
        session.query(Staff).update({"password": staff.hash_password(PASSWORD)})

    def seconds(email: str) -> float:
        start = perf_counter()
        assert sessions.sign_in(database, email, "wrong password", timedelta(hours=1)) is None
        return perf_counter() - start

    seconds("warm@up.example")
    known = min(seconds("supervisor@north.example") for _ in range(5))
    unknown = min(seconds("nobody@north.example") for _ in range(5))
    staff._nobody.cache_clear()

    assert 0.4 < unknown / known < 2.5


@pytest.mark.parametrize("email", ["supervisor@north.example", "nobody@north.example"])
def test_after_ten_tries_an_address_waits_whether_it_is_known_or_not(
    app: Flask, ours: Company, email: str
) -> None:
    client, database = app.test_client(), app.extensions["carillon"].database
    for at in range(sessions.TRIES_PER_EMAIL - 1):
        assert sessions.may_try(database, email, f"192.0.2.{at}")

    last = sign_in(client, email, "wrong password")
    refused = sign_in(client, email.upper(), PASSWORD)
    clock.advance(sessions.WINDOW)
    later = sign_in(client, email, PASSWORD)

    assert last.status_code == 422
    assert refused.status_code == 429
    assert "Wait 15 minutes" in refused.text
    assert later.status_code == (303 if email.startswith("supervisor") else 422)


def test_one_host_cannot_try_many_addresses(app: Flask, ours: Company) -> None:
    database = app.extensions["carillon"].database
    hosts = [f"2001:db8:1:2::{at:x}" for at in range(sessions.TRIES_PER_HOST)]

    tried = [sessions.may_try(database, f"{at}@north.example", host) for at, host in enumerate(hosts)]

    assert all(tried)
    assert not sessions.may_try(database, "more@north.example", "2001:db8:1:2::ffff")
    assert sessions.may_try(database, "more@north.example", "2001:db8:1:3::1")


def test_signing_in_forgets_the_failures_before_it(app: Flask, ours: Company) -> None:
    client, database = app.test_client(), app.extensions["carillon"].database
    for _ in range(sessions.TRIES_PER_EMAIL - 1):
        sessions.may_try(database, "supervisor@north.example", "192.0.2.1")

    assert sign_in(client, "supervisor@north.example", PASSWORD).status_code == 303
    assert sessions.may_try(database, "supervisor@north.example", "192.0.2.1")


def test_counters_of_past_windows_are_swept_out(app: Flask, ours: Company) -> None:
    database = app.extensions["carillon"].database
    sessions.may_try(database, "a@north.example", "192.0.2.1")
    clock.advance(3 * sessions.WINDOW)
    sessions.may_try(database, "b@north.example", "192.0.2.2")

    with database.reading(ALL_TENANTS) as session:
        assert session.query(Counter).count() == 2


@pytest.mark.parametrize(
    ("steps_h", "is_in"),
    [
        pytest.param((1.9,), True, id="used within two hours"),
        pytest.param((2.1,), False, id="idle for two hours"),
        pytest.param((1.5, 1.5, 1.5), True, id="used again and again"),
        pytest.param((1.5,) * 7, False, id="over after ten hours, however busy"),
    ],
)
def test_a_session_ends_when_idle_and_when_old(
    signed_in: SignIn, steps_h: tuple[float, ...], is_in: bool
) -> None:
    client = signed_in("supervisor")

    for hours in steps_h:
        clock.advance(timedelta(hours=hours))
        answer = client.get("/today")

    assert (answer.status_code == 200) is is_in


def test_polls_do_not_keep_a_session_from_falling_idle(signed_in: SignIn) -> None:
    client = signed_in("supervisor")
    for _ in range(5):
        clock.advance(timedelta(minutes=30))
        answer = client.get("/today", headers=HTMX)

    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_signing_out_ends_the_session_for_whoever_knows_the_token(app: Flask, signed_in: SignIn) -> None:
    client = signed_in("supervisor")
    token = client.get_cookie(COOKIE).value

    assert send(client, "/sign-out").location == "/sign-in"
    thief = app.test_client()
    thief.set_cookie(COOKIE, token)

    assert thief.get("/today").status_code == 303


def test_whoever_is_barred_is_out_at_once(app: Flask, signed_in: SignIn) -> None:
    client = signed_in("supervisor")
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        session.query(Staff).update({"is_active": False})

    assert client.get("/today").status_code == 303


@pytest.mark.parametrize(
    ("back", "goes_to"),
    [
        pytest.param("/campaigns/1?x=1", "/campaigns/1?x=1", id="a page of ours"),
        pytest.param("https://evil.example/", "/today", id="another site"),
        pytest.param("//evil.example/", "/today", id="another site without scheme"),
        pytest.param("/\\evil.example", "/today", id="backslash"),
        pytest.param("/\t/evil.example", "/today", id="tab"),
        pytest.param("javascript:alert(1)", "/today", id="script"),
    ],
)
def test_signing_in_leads_back_only_to_pages_of_ours(
    app: Flask, ours: Company, back: str, goes_to: str
) -> None:
    assert sign_in(app.test_client(), "supervisor@north.example", PASSWORD, next=back).location == goes_to


def test_a_page_asked_for_before_signing_in_is_kept_in_mind(app: Flask, ours: Company) -> None:
    answer = app.test_client().get("/calls?direction=in")

    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/calls?direction%3Din"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({}, id="no token"),
        pytest.param({"csrf_token": "forged"}, id="forged token"),
    ],
)
def test_a_form_without_its_token_is_refused(signed_in: SignIn, ours: Company, data: dict[str, str]) -> None:
    answer = signed_in("supervisor").post(f"/campaigns/{ours.running_id}/pause", data=data)

    assert answer.status_code == 400
    assert "Load it again" in answer.text


def test_the_token_of_another_browser_is_refused(app: Flask, signed_in: SignIn, ours: Company) -> None:
    stolen = token_of(app.test_client())

    answer = signed_in("supervisor").post(f"/campaigns/{ours.running_id}/pause", data={"csrf_token": stolen})

    assert answer.status_code == 400


def test_htmx_sends_the_token_as_a_header(signed_in: SignIn, ours: Company) -> None:
    client = signed_in("supervisor")
    headers = {**HTMX, "X-CSRFToken": token_of(client)}

    assert client.post(f"/campaigns/{ours.running_id}/pause", headers=headers).status_code == 200


def test_in_production_cookies_travel_by_https_only(
    app: Flask, ours: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = app.extensions["carillon"]
    production = runtime.config.model_copy(update={"public_url": "https://carillon.example.com"})
    monkeypatch.setitem(
        app.extensions, "carillon", type(runtime)(production, runtime.database, {}, runtime.spool)
    )

    answer = sign_in(app.test_client(), "supervisor@north.example", PASSWORD)

    assert "Secure" in next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(COOKIE))


@pytest.mark.parametrize(
    ("proxies", "counted"),
    [
        pytest.param(0, "127.0.0.1", id="no proxy: the header is not believed"),
        pytest.param(1, "198.51.100.7", id="one proxy: what it saw"),
    ],
)
def test_tries_are_counted_for_the_address_a_trusted_proxy_saw(
    tmp_path: Path, proxies: int, counted: str
) -> None:
    config = load(database_url=f"sqlite:///{tmp_path / 'c.db'}", state_dir=tmp_path, trusted_proxies=proxies)
    app = create_app(config, carriers={})
    runtime = app.extensions["carillon"]
    Base.metadata.create_all(runtime.database.engine)
    client = app.test_client()
    data = {"csrf_token": token_of(client), "email": "a@b.example", "password": "x"}

    client.post("/sign-in", data=data, headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})

    with runtime.database.reading(ALL_TENANTS) as session:
        names = {counter.name for counter in session.query(Counter)}
    assert f"sign_in:host:{counted}" in names
    runtime.spool.close()
    runtime.database.close()
