"""What carriers tell and ask us: signed, kept before it is answered, and the same answer every time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from app import create_app
from core import clock
from core.config import Config
from core.jobs import drain
from core.runtime import Runtime
from outbound import links
from outbound.links import Links
from outbound.models import Source
from tests import once
from tests.outbound.desk import ADDRESS, NUMBERS, Desk

URL, TOKEN = "https://carillon.example", "exchange-demo-token"
PATHS = ("/ivr/", "/receipts/", "/inbound/")
LETTER = {
    "texts": {"en": {"subject": "Your invitation", "paragraphs": ["Dear {{ name }}, come and see us."]}},
    "variables": {
        "company": "Lakeside",
        "company_phone": "+18005550100",
        "opt_out_phone": "+18005550100",
        "opt_out_fax": "+18005550102",
    },
}


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    config = Config(database_url=fresh_url, public_url=URL, state_dir=tmp_path / "state")
    made = once.application(config)
    yield made
    runtime = runtime_of(made)
    runtime.spool.close()
    runtime.database.close()


def runtime_of(app: Flask) -> Runtime:
    found: Runtime = app.extensions["carillon"]
    return found


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(runtime_of(app).database)


def post(app: Flask, path: str, form: dict[str, str], signature: str | None = None) -> tuple[int, bytes]:
    made = RequestValidator(TOKEN).compute_signature(URL + path, form)
    headers = {"X-Twilio-Signature": made if signature is None else signature}
    answer = app.test_client().post(path, data=form, headers=headers if signature != "" else {})
    return answer.status_code, answer.data


def spooled(app: Flask) -> list[dict[str, Any]]:
    lines = [
        line
        for path in sorted(runtime_of(app).spool_dir.glob("*.spool"))
        for line in path.read_text().splitlines()
    ]
    return [json.loads(line) for line in lines]


def routes() -> list[str]:
    """Every path a carrier posts to."""
    app = create_app(Config(database_url="sqlite:///:memory:", public_url=URL, state_dir=Path("var")))
    runtime_of(app).database.close()
    found = [str(rule) for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    return sorted(path for path in found if path.startswith(PATHS))


ROUTES = [
    "/inbound/<channel>",
    "/ivr/answer",
    "/ivr/answer/<attempt>",
    "/ivr/answered-by/<attempt>",
    "/ivr/dialled/<token>",
    "/ivr/fallback",
    "/ivr/machine/<attempt>",
    "/ivr/proof",
    "/ivr/queue/called/<token>",
    "/ivr/queue/join/<token>/<room>/<call>",
    "/ivr/queue/key/<token>",
    "/ivr/queue/left/<token>",
    "/ivr/queue/nobody/<token>",
    "/ivr/queue/offer/<token>",
    "/ivr/queue/offered/<token>",
    "/ivr/queue/over/<token>",
    "/ivr/queue/rang/<token>",
    "/ivr/queue/room/<token>",
    "/ivr/queue/take/<token>",
    "/ivr/queue/wait/<token>",
    "/ivr/recorded/<token>",
    "/ivr/recording",
    "/ivr/standby/begin/<token>",
    "/ivr/standby/leg/<token>",
    "/ivr/standby/next/<token>/<int:number>",
    "/ivr/standby/ready/<token>",
    "/ivr/standby/room/<token>/<int:number>",
    "/ivr/status",
    "/ivr/turn/<token>",
    "/receipts/<token>/<channel>",
]


def filled(route: str) -> str:
    return re.sub(r"<\w+>", "abc", route.replace("<channel>", "sms").replace("<int:number>", "1"))


def test_the_table_of_routes_is_complete() -> None:
    assert routes() == ROUTES


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param("", id="no signature"),
        pytest.param("Zm9yZ2VkIGZvcmdlZCBmb3JnZWQ=", id="forged"),
        pytest.param("\xff\xfe", id="no text"),
        pytest.param("another form", id="of another form"),
        pytest.param("another path", id="of another path"),
        pytest.param("another token", id="by another token"),
    ],
)
def test_what_the_carrier_did_not_sign_is_refused_and_does_nothing(app: Flask, forged: str) -> None:
    for path in map(filled, ROUTES):
        form = {"CallSid": "CA1", "MessageSid": "SM1", "Body": "STOP", "From": ADDRESS}
        made = {
            "another form": RequestValidator(TOKEN).compute_signature(URL + path, {**form, "Body": "hello"}),
            "another path": RequestValidator(TOKEN).compute_signature(URL + path + "/x", form),
            "another token": RequestValidator("guessed").compute_signature(URL + path, form),
        }

        status, _ = post(app, path, form, made.get(forged, forged))

        assert status == 403, path
        assert spooled(app) == [], path


@pytest.mark.parametrize("channel", ["letters", "SMS", "..", "sms%00"])
def test_a_channel_that_is_none_is_refused(app: Flask, channel: str) -> None:
    status, _ = post(app, f"/receipts/token/{channel}", {"MessageSid": "SM1"})

    assert status in (403, 404)
    assert spooled(app) == []


def test_nothing_comes_in_by_voice_here(app: Flask) -> None:
    assert post(app, "/inbound/voice", {})[0] == 404


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_other_methods_are_refused(app: Flask, method: str) -> None:
    assert getattr(app.test_client(), method)("/receipts/token/sms").status_code == 405


def test_a_receipt_is_on_disk_before_it_is_answered_and_in_the_database_after_the_drain(
    app: Flask, desk: Desk
) -> None:
    desk.attempt()
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}

    assert post(app, "/receipts/sms/sms", form) == (204, b"")
    assert [row["data"]["status"] for row in spooled(app)] == ["delivered"]
    assert desk.stands() == ("accepted", "active")
    drain(runtime_of(app), None)  # type: ignore[arg-type]  # it needs no pool
    assert desk.stands() == ("ended:reached", "reached")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        pytest.param("/receipts/sms/sms", {"MessageSid": "SM1", "MessageStatus": "delivered"}, id="receipt"),
        pytest.param("/inbound/sms", {"MessageSid": "SM9", "From": ADDRESS, "To": NUMBERS["sms"], "Body": "STOP"}, id="sms"),
    ],
)  # fmt: skip
def test_a_replay_gets_the_same_answer_and_changes_nothing(
    app: Flask, desk: Desk, path: str, form: dict[str, str]
) -> None:
    desk.attempt()
    first = post(app, path, form)
    drain(runtime_of(app), None)  # type: ignore[arg-type]  # it needs no pool
    before = (desk.stands(), desk.receipts())

    assert post(app, path, form) == first
    drain(runtime_of(app), None)  # type: ignore[arg-type]  # it needs no pool
    assert (desk.stands(), desk.receipts()) == before


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({}, id="empty"),
        pytest.param({"MessageSid": "\0" * 100, "MessageStatus": "\ufffd" * 1_000}, id="no text"),
        pytest.param({"MessageStatus": "delivered"}, id="no id"),
        pytest.param({"MessageSid": "SM1", "MessageStatus": "x" * 10_000, "ErrorCode": "9" * 999}, id="long"),
    ],
)
def test_a_signed_receipt_is_kept_whatever_it_holds(app: Flask, desk: Desk, form: dict[str, str]) -> None:
    desk.attempt()

    assert post(app, "/receipts/sms/sms", form)[0] == 204
    drain(runtime_of(app), None)  # type: ignore[arg-type]  # it needs no pool
    assert not (runtime_of(app).spool_dir / "dead-letters.jsonl").exists()


def test_a_body_without_end_is_refused(app: Flask) -> None:
    assert post(app, "/receipts/sms/sms", {"MessageSid": "x" * 200_000})[0] in (403, 413)
    assert spooled(app) == []


def letter_path(app: Flask, desk: Desk) -> str:
    desk.attempt("fax", state="submitting")
    with desk.session() as session:
        session.scalars(select(Source)).one().content = LETTER
    return Links.of(runtime_of(app)).letter("fax").removeprefix(URL)


def test_a_letter_is_served_to_whoever_holds_its_link_and_always_the_same(app: Flask, desk: Desk) -> None:
    path = letter_path(app, desk)
    client = app.test_client()

    first, second = client.get(path), client.get(path)

    assert (first.status_code, first.mimetype) == (200, "image/tiff")
    assert first.data[:4] in (b"II*\0", b"MM\0*")
    assert first.data == second.data
    assert first.headers["Cache-Control"] == "private, no-store"
    pdf = client.get(path.replace(".tiff", ".pdf"))
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param(lambda path: path.replace(".tiff", ".exe"), 404, id="another kind"),
        pytest.param(lambda path: path.replace("letter/", "letter/x"), 403, id="another token"),
        pytest.param(lambda path: path.replace(".tiff", "x.tiff"), 403, id="another signature"),
        pytest.param(lambda path: "/media/letter/fax.tiff", 403, id="no signature"),
        pytest.param(lambda path: "/media/letter/..%2f..%2fetc.tiff", 404, id="a path"),
        pytest.param(lambda path: "/media/letter/%00.tiff", 403, id="NUL"),
    ],
)
def test_a_forged_link_serves_nothing(app: Flask, desk: Desk, change: Any, status: int) -> None:
    answer = app.test_client().get(change(letter_path(app, desk)))

    assert answer.status_code == status
    assert b"Lakeside" not in answer.data


def test_a_link_signed_by_somebody_elses_key_serves_nothing(app: Flask, desk: Desk) -> None:
    letter_path(app, desk)
    forged = URLSafeTimedSerializer("guessed", salt="letter").dumps("fax")

    assert app.test_client().get(f"/media/letter/{forged}.tiff").status_code == 403


def test_an_expired_link_serves_nothing(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = letter_path(app, desk)
    monkeypatch.setattr(links, "LETTER_AGE_S", -1)

    assert app.test_client().get(path).status_code == 403


def test_a_link_signed_before_the_keys_were_rotated_is_good(app: Flask) -> None:
    old, new = "a" * 43 + "=", "b" * 43 + "="
    made = Links(URL, (old,), "image/tiff").letter("fax")
    signed = made.rsplit("/", 1)[1].removesuffix(".tiff")

    assert Links(URL, (new, old), "image/tiff").opened(signed) == "fax"


def test_a_link_to_what_is_no_fax_serves_nothing(app: Flask, desk: Desk) -> None:
    desk.attempt("sms")
    path = Links.of(runtime_of(app)).letter("sms").removeprefix(URL)

    assert app.test_client().get(path).status_code == 404


def test_a_letter_is_dated_by_its_attempt(app: Flask, desk: Desk) -> None:
    path = letter_path(app, desk)
    before = app.test_client().get(path).data
    clock.freeze(clock.real().replace(year=2031))
    try:
        assert app.test_client().get(path).data == before
    finally:
        clock.freeze(None)
