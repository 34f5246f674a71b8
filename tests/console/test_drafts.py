"""A campaign before its launch, in the console: written, refused at its line, rehearsed, tested, approved by another."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from broadcast.models import Campaign, Rehearsal, Trial, TrialNumber
from broadcast.rehearsal import jobs
from core.models import Tenant
from outbound.models import Delivery, Sender
from tests.console.browser import HTMX, send, words
from tests.console.conftest import SignIn
from tests.console.world import NOW, Company

DOCUMENT = """name: Spring check
purpose: service
channel: sms
audience: {segment: {tags: [fleet]}}
message:
  en: {text: "Hello {{ name }}, your {{ model }} is due."}
  zh: {text: "{{ name }}您好"}
"""


@pytest.fixture
def marketing(app: Flask, signed_in: SignIn, ours: Company) -> FlaskClient:
    with session_of(app, ours) as session:
        session.add(
            Sender(
                tenant_id=ours.tenant_id, channel="sms", address="+8640082099999", rate_per_s=1.0, next_at=NOW
            )
        )
    return signed_in("marketing")


def session_of(app: Flask, ours: Company) -> Any:
    return app.extensions["carillon"].database.session(ours.tenant_id)


def made(app: Flask, ours: Company, client: FlaskClient, text: str = DOCUMENT) -> int:
    answer = send(client, "/campaigns/new", {"text": text})
    assert answer.status_code == 303, words(answer.text)
    with session_of(app, ours) as session:
        return int(session.scalars(select(Campaign.id).order_by(Campaign.id.desc())).first())


def rehearse(app: Flask) -> None:
    jobs.rehearse(app.extensions["carillon"], None)  # type: ignore[arg-type]  # it needs no pool


def state_of(app: Flask, ours: Company, campaign_id: int) -> str:
    with session_of(app, ours) as session:
        return str(session.get_one(Campaign, campaign_id).state)


@pytest.mark.parametrize(
    ("wrong", "line", "said"),
    [
        pytest.param(
            DOCUMENT.replace("sms", "pigeon"),
            3,
            "enter one of voice, sms, fax",
            id="channel",
        ),
        pytest.param(DOCUMENT.replace("[fleet]", "fleet"), 4, "enter a list", id="inside the audience"),
        pytest.param(DOCUMENT + "colour: red\n", 8, "there is no such field", id="a field too many"),
        pytest.param(DOCUMENT.replace("  zh:", " zh:"), 7, "", id="no YAML"),
        pytest.param(DOCUMENT.replace("{{ name }}, y", "{{ name, y"), 6, "allowed are", id="placeholder"),
    ],
)
def test_a_fault_is_shown_at_its_line(
    app: Flask, marketing: FlaskClient, wrong: str, line: int, said: str
) -> None:
    answer = send(marketing, "/campaigns/new", {"text": wrong})

    assert answer.status_code == 422
    assert f'<li id="line-{line}" class="bad">' in answer.text
    assert said in answer.text
    assert "Spring check" in answer.text, "what was typed is still there"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("just words", id="words"),
        pytest.param("a: &x 1\nb: *x\n", id="alias"),
        pytest.param("name: \x00\n", id="NUL"),
        pytest.param("[" * 3_000, id="a thousand brackets"),
        pytest.param("message: {en: {text: '" + "x" * 5_000 + "'}}", id="long"),
        pytest.param("name: <script>alert(1)</script>", id="markup"),
    ],
)
def test_hostile_documents_come_back_with_what_to_mend(marketing: FlaskClient, text: str) -> None:
    answer = send(marketing, "/campaigns/new", {"text": text})

    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert "<script>alert" not in answer.text


def test_a_document_and_its_list_are_sent_as_files(app: Flask, marketing: FlaskClient, ours: Company) -> None:
    text = DOCUMENT.replace("{segment: {tags: [fleet]}}", "{file: people.csv}")
    answer = send(
        marketing,
        "/campaigns/new",
        {
            "document": (io.BytesIO(text.encode()), "spring.yaml"),
            "audience": (io.BytesIO(b"K-0001\nK-0002\nnobody\n"), "upload (3).csv"),
        },
    )
    assert answer.status_code == 422
    assert "nobody has this reference or number" in answer.text

    good = {
        "document": (io.BytesIO(text.encode()), "spring.yaml"),
        "audience": (io.BytesIO(b"K-0001\nK-0002\n"), "upload (3).csv"),
    }
    assert send(marketing, "/campaigns/new", good).status_code == 303


def test_a_list_the_document_does_not_name_is_refused(marketing: FlaskClient) -> None:
    listed = {"text": DOCUMENT, "audience": (io.BytesIO(b"K-0001\n"), "people.csv")}

    answer = send(marketing, "/campaigns/new", listed)

    assert answer.status_code == 422
    assert "to use the list you sent" in answer.text


@pytest.mark.long
def test_the_forecast_and_the_oddest_rows_appear(app: Flask, marketing: FlaskClient, ours: Company) -> None:
    campaign_id = made(app, ours, marketing)
    path = f"/campaigns/{campaign_id}/before"
    assert "Being rehearsed" in marketing.get(path).text

    rehearse(app)

    page = marketing.get(path).text
    assert 'data-rehearsal="done"' in page
    assert "answers are assumed" in page
    assert "Hello Chen Jie, your Ranger 2.0 is due." in page
    assert "segments: 1" in page
    with session_of(app, ours) as session:
        assert session.scalars(select(Rehearsal.state)).all() == ["done"]


@pytest.mark.long
def test_an_edit_makes_the_forecast_stale(app: Flask, marketing: FlaskClient, ours: Company) -> None:
    campaign_id = made(app, ours, marketing)
    rehearse(app)
    with session_of(app, ours) as session:
        session.execute(
            update(Campaign)
            .where(Campaign.id == campaign_id)
            .values(definition={**session.get_one(Campaign, campaign_id).definition, "ends_after_h": 5})
        )

    assert "out of date" in marketing.get(f"/campaigns/{campaign_id}/before").text


@pytest.mark.long
def test_a_test_reaches_only_a_confirmed_number(app: Flask, marketing: FlaskClient, ours: Company) -> None:
    campaign_id = made(app, ours, marketing)
    rehearse(app)
    trials = f"/campaigns/{campaign_id}/trials"
    wanted = {"position": "1", "customer_id": str(ours.customer_id), "number_id": "1"}

    assert send(marketing, f"{trials}/numbers", {"number": "12", "channel": "sms"}).status_code == 400
    assert (
        send(marketing, f"{trials}/numbers", {"number": "13811119999", "channel": "sms"}).status_code == 303
    )
    assert send(marketing, trials, wanted).status_code == 409
    assert send(marketing, f"{trials}/numbers/1", {"code": "000000x"}).status_code == 422
    with session_of(app, ours) as session:
        code = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first().variables["code"]
    assert send(marketing, f"{trials}/numbers/1", {"code": code}).status_code == 303
    assert send(marketing, trials, wanted).status_code == 303

    page = words(marketing.get(f"/campaigns/{campaign_id}/before").text)
    assert "Confirmed" in page
    assert "Waiting" in page
    with session_of(app, ours) as session:
        assert session.scalars(select(TrialNumber.address)).all() == ["+8613811119999"]
        assert session.scalars(select(Trial.address)).all() == ["+8613811119999"]


def test_a_second_person_approves(
    app: Flask, marketing: FlaskClient, signed_in: SignIn, ours: Company
) -> None:
    with session_of(app, ours) as session:
        terms = {"launch": {"second_person_above": {"recipients": 0}}}
        session.execute(update(Tenant).where(Tenant.id == ours.tenant_id).values(settings=terms))
    campaign_id = made(app, ours, marketing)
    path, supervisor = f"/campaigns/{campaign_id}", signed_in("supervisor")
    assert "Ask for approval" in marketing.get(f"{path}/start").text
    send(marketing, f"{path}/start")
    assert state_of(app, ours, campaign_id) == "waiting"

    assert send(marketing, f"{path}/approve").status_code == 403
    assert send(supervisor, f"{path}/send-back", {"reason": " "}).status_code == 422
    send(supervisor, f"{path}/send-back", {"reason": "the date is wrong"})
    assert "Sent back by supervisor@north.example: the date is wrong" in marketing.get(f"{path}/before").text
    send(marketing, f"{path}/start")
    send(supervisor, f"{path}/approve")

    assert state_of(app, ours, campaign_id) == "preparing"
    assert marketing.get(f"{path}/before").status_code == 303
    assert marketing.get(f"{path}/before", headers=HTMX).headers["HX-Redirect"] == path


def test_a_double_is_said_and_started_with_a_reason(
    app: Flask, marketing: FlaskClient, ours: Company
) -> None:
    first = made(app, ours, marketing)
    send(marketing, f"/campaigns/{first}/start")
    double = made(app, ours, marketing, DOCUMENT.replace("Spring", "Second"))

    refused = send(marketing, f"/campaigns/{double}/start")
    assert (refused.status_code, "to the same people as Spring check" in refused.text) == (409, True)
    assert state_of(app, ours, double) == "draft"
    send(marketing, f"/campaigns/{double}/start", {"override": "the first one had no sender"})

    assert state_of(app, ours, double) == "preparing"


def test_what_is_missing_is_said(app: Flask, marketing: FlaskClient, ours: Company) -> None:
    with session_of(app, ours) as session:
        session.execute(update(Sender).where(Sender.channel == "sms").values(state="stopped"))
    campaign_id = made(app, ours, marketing)

    refused = send(marketing, f"/campaigns/{campaign_id}/start")

    assert refused.status_code == 400
    assert "there is no open sender for sms" in refused.text


@pytest.mark.parametrize("act", ["start", "approve"])
@pytest.mark.parametrize(
    ("state", "language", "said"),
    [
        pytest.param("cancelled", "en", "This campaign was stopped. It cannot be started any more.", id="cancelled"),
        pytest.param("cancelled", "zh", "此活动已终止，无法再启动。", id="cancelled, in Chinese"),
        pytest.param("preparing", "en", "This campaign was started already, by ben@", id="launched by another"),
        pytest.param("running", "en", "This campaign was started already, by ben@", id="running by now"),
    ],
)  # fmt: skip
def test_what_can_no_longer_be_started_says_why(
    app: Flask, marketing: FlaskClient, ours: Company, act: str, state: str, language: str, said: str
) -> None:
    campaign_id = made(app, ours, marketing)
    send(marketing, "/preferences", {"language": language, "next": "/today"})
    launched = {"launched_at": NOW, "launched_by": "ben@north.example"} if state != "cancelled" else {}
    with session_of(app, ours) as session:
        session.execute(update(Campaign).where(Campaign.id == campaign_id).values(state=state, **launched))

    answer = send(marketing, f"/campaigns/{campaign_id}/{act}")

    assert answer.status_code == 409
    assert said in words(answer.text)
    assert state_of(app, ours, campaign_id) == state


def test_a_draft_that_nobody_asks_about_is_not_approved_in_silence(
    app: Flask, marketing: FlaskClient, ours: Company
) -> None:
    campaign_id = made(app, ours, marketing)

    answer = send(marketing, f"/campaigns/{campaign_id}/approve")

    assert answer.status_code == 409
    assert "The campaign had already changed. This is its latest state." in words(answer.text)
