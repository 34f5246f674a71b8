"""What the page of a campaign says about why it waits, and what staff may change while it runs."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from broadcast.models import Campaign, Wave
from core.db import ALL_TENANTS
from core.models import AuditEntry
from outbound.allowances import Allowance
from outbound.models import Attempt, Delivery, Sender, Source
from tests.console.browser import HTMX, send, words
from tests.console.conftest import SignIn
from tests.console.world import NOW, Company


@pytest.fixture
def supervisor(app: Flask, ours: Company, signed_in: SignIn) -> FlaskClient:
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        source_of(session, ours).campaign = f"campaign:{ours.running_id}"
    return signed_in("supervisor")


def read(client: FlaskClient, ours: Company, language: str = "en") -> str:
    send(client, "/preferences", {"language": language, "next": "/calls"})
    return unescape(words(client.get(f"/campaigns/{ours.running_id}").text))


def source_of(session: Any, ours: Company) -> Source:
    found: Source = session.scalars(
        select(Source).join(Wave, Wave.source_id == Source.id).where(Wave.campaign_id == ours.running_id)
    ).one()
    return found


def allow(app: Flask, ours: Company, **values: Any) -> None:
    """An allowance of the running campaign with nothing left."""
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        given = {
            "level": "source",
            "subject": source_of(session, ours).name,
            "unit": "sends",
            "period": "day",
        }
        full = {"most": 3, "reserved": 3, "promoted": 0, "kept_back": 0, "full_at": NOW, "day": NOW.date()}
        session.add(Allowance(tenant_id=ours.tenant_id, **{**given, **full, **values}))


@pytest.mark.parametrize(
    ("language", "values", "shown"),
    [
        pytest.param(
            "en",
            {},
            "Today's limit of this campaign is reached: sends: 3. It goes on at Nov 24, 00:00.",
            id="a day",
        ),
        pytest.param("zh", {}, "此活动今天的限额已用完：发送 3 次。", id="a day, Chinese"),
        pytest.param(
            "en",
            {"level": "sender", "subject": "+864008211234", "unit": "calls"},
            "Today's limit of the number",
            id="its number",
        ),
        pytest.param(
            "en",
            {"level": "account", "subject": ""},
            "Today's limit of the carrier's account",
            id="the account",
        ),
        pytest.param("en", {"unit": "calls", "period": "total"}, "once somebody raises it", id="in all"),
    ],
)
def test_a_limit_with_nothing_left_says_when_it_goes_on(
    app: Flask, supervisor: FlaskClient, ours: Company, language: str, values: dict[str, Any], shown: str
) -> None:
    allow(app, ours, **values)

    assert shown in read(supervisor, ours, language)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"reserved": 2, "full_at": None}, id="some is left"),
        pytest.param({"channel": "fax"}, id="of another channel"),
        pytest.param({"subject": "wave:999"}, id="of another campaign"),
        pytest.param({"day": NOW.date().replace(day=22)}, id="of yesterday"),
        pytest.param({"level": "sender", "subject": "+864008221234"}, id="of a number of another company"),
    ],
)
def test_what_does_not_bind_is_not_shown(
    app: Flask, supervisor: FlaskClient, ours: Company, values: dict[str, Any]
) -> None:
    allow(app, ours, **values)

    assert "limit of" not in read(supervisor, ours)


@pytest.mark.parametrize(
    ("language", "until_h", "shown"),
    [
        pytest.param(
            "en", 1, "does not let +86 •••• 1234 reach Japan (21215). Have that country allowed", id="English"
        ),
        pytest.param("zh", 1, "运营商不允许+86 •••• 1234联系日本（21215）", id="Chinese"),
        pytest.param("en", -1, "", id="over"),
    ],
)
def test_a_country_the_carrier_refuses_is_shown_with_what_to_do(
    app: Flask, supervisor: FlaskClient, ours: Company, language: str, until_h: int, shown: str
) -> None:
    way = {"code": "21215", "until": (NOW + timedelta(hours=until_h)).isoformat()}
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        session.execute(update(Sender).where(Sender.tenant_id == ours.tenant_id).values(closed={"JP": way}))

    page = read(supervisor, ours, language)

    assert (shown in page) if shown else ("Japan" not in page)


@pytest.mark.parametrize("is_bad", [pytest.param(False, id="well"), pytest.param(True, id="badly")])
def test_the_sample_is_shown_with_its_figures(
    app: Flask, supervisor: FlaskClient, ours: Company, is_bad: bool
) -> None:
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        campaign = session.get_one(Campaign, ours.running_id)
        campaign.definition = {**campaign.definition, "canary": {"percent": 1, "hold_min": 30}}
        if is_bad:
            campaign.state, campaign.reason = "paused", "canary: errors 33.3 %"
            mine = Attempt.source_id == source_of(session, ours).id
            session.execute(update(Attempt).where(mine).values(state="ended", outcome="failed"))
    allow(app, ours, period="total")

    said = read(supervisor, ours)
    assert "of 3 sent" in said
    assert ("Above" in said, "The sample went badly: 33.3 %" in said) == (is_bad, is_bad)
    assert ("at 15:00 at the latest" in said) is not is_bad
    assert "limit 25 %" in said


def test_people_held_are_told_by_rule_with_their_next_time(supervisor: FlaskClient, ours: Company) -> None:
    assert "Outside contact hours 1 Held; the first may be contacted at 15:30 our time" in read(
        supervisor, ours
    )


@pytest.mark.parametrize("closed", ["closed", "不发送"])
def test_hours_are_changed_while_it_runs(
    app: Flask, supervisor: FlaskClient, ours: Company, closed: str
) -> None:
    path = f"/campaigns/{ours.running_id}/hours"
    if closed != "closed":
        read(supervisor, ours, "zh")

    done = send(supervisor, path, {"weekdays": "10:00-17:00", "saturday": "11:00-15:00", "sunday": closed})

    assert done.status_code == 303
    assert "Saturday 11:00-15:00 · Sunday closed" in read(supervisor, ours)
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "hours")).one()
        assert (entry.who, entry.details["after"]["sunday"]) == (ours.email("supervisor"), None)
        source = source_of(session, ours)
        assert source.hours["weekdays"] == [600, 1020]
    send(supervisor, path, {})
    assert "Sending hours: the hours of the law" in read(supervisor, ours)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("weekdays", "", id="one is missing"),
        pytest.param("saturday", "17:00-10:00", id="the end comes first"),
        pytest.param("sunday", "<b>9-5", id="not hours"),
        pytest.param("holidays", "open-24", id="holidays"),
    ],
)
def test_bad_hours_are_named_beside_their_day(
    app: Flask, supervisor: FlaskClient, ours: Company, field: str, value: str
) -> None:
    good = dict.fromkeys(("weekdays", "saturday", "sunday"), "10:00-17:00")

    answer = send(supervisor, f"/campaigns/{ours.running_id}/hours", {**good, field: value})

    assert answer.status_code == 422
    assert f'id="fe-{field}"' in answer.text
    assert answer.text.count('class="fe"') == 1
    assert "<b>9" not in answer.text
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        assert source_of(session, ours).hours == {}


def unknown(app: Flask, ours: Company, source_state: str = "open") -> int:
    """An attempt of the running campaign nobody knows the end of; its id."""
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        source = source_of(session, ours)
        source.state = source_state
        mine = select(Attempt).where(Attempt.source_id == source.id).order_by(Attempt.id).limit(1)
        attempt = session.scalars(mine).one()
        attempt.state, attempt.outcome, attempt.settled_at = "unknown", "", NOW
        session.execute(update(Delivery).where(Delivery.id == attempt.delivery_id).values(state="unknown"))
        return attempt.id


@pytest.mark.parametrize(("verdict", "state"), [("sent", "reached"), ("not_sent", "pending")])
def test_staff_decide_what_is_unknown(
    app: Flask, supervisor: FlaskClient, ours: Company, verdict: str, state: str
) -> None:
    attempt_id = unknown(app, ours)
    path = f"/campaigns/{ours.running_id}/unknown"
    assert "send again" in supervisor.get(path).text

    done = send(supervisor, f"{path}/{attempt_id}/{verdict}")
    again = send(supervisor, f"{path}/{attempt_id}/{verdict}")

    assert (done.status_code, again.status_code) == (303, 409)
    assert "Nothing is unknown" in supervisor.get(path).text
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        attempt = session.get_one(Attempt, attempt_id)
        assert session.get_one(Delivery, attempt.delivery_id).state == state


def test_what_was_stopped_is_not_sent_again(app: Flask, supervisor: FlaskClient, ours: Company) -> None:
    attempt_id = unknown(app, ours, "stopped")

    answer = send(supervisor, f"/campaigns/{ours.running_id}/unknown/{attempt_id}/not_sent")

    assert answer.status_code == 409
    assert "its campaign or its time is over" in answer.text


def test_a_stopped_campaign_says_so_at_once_while_its_rows_follow(
    supervisor: FlaskClient, ours: Company
) -> None:
    said = send(supervisor, f"/campaigns/{ours.running_id}/cancel", headers=HTMX).text

    assert 'data-state="cancelled"' in said
    assert "Stopped: nothing new is sent. 2 rows are still being written off." in said
    assert "hx-trigger" in said
    assert "Certificate" not in said


def test_the_live_page_asks_as_often_however_much_there_is(
    app: Flask, supervisor: FlaskClient, ours: Company
) -> None:
    asked: list[str] = []
    engine = app.extensions["carillon"].database.engine
    path = f"/campaigns/{ours.running_id}"
    allow(app, ours, unit="calls")
    supervisor.get(path, headers=HTMX)

    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    supervisor.get(path, headers=HTMX)
    before = len(asked)
    for unit in ("sends", "segments", "pages", "money"):
        allow(app, ours, unit=unit, channel="voice")
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        session.execute(update(Delivery).values(state="held", reason="quiet_hours"))
    asked.clear()
    supervisor.get(path, headers=HTMX)

    assert before > 5
    assert len(asked) == before


@pytest.mark.parametrize(
    ("language", "says"),
    [
        pytest.param(
            "en", ["Nobody of the team service stands by", "People who asked for an agent", "n/a"], id="en"
        ),
        pytest.param(
            "zh", ["坐席组 service 当前没有空闲的待命坐席", "要求接通坐席的客户", "不适用"], id="zh"
        ),
    ],
)
def test_the_page_says_that_it_waits_for_agents_and_how_many_found_none(
    app: Flask, ours: Company, supervisor: FlaskClient, language: str, says: list[str]
) -> None:
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        source = source_of(session, ours)
        source.team, source.ceiling = "service", 0
        session.execute(update(Attempt).where(Attempt.source_id == source.id).values(outcome=""))
    page = read(supervisor, ours, language)
    assert [one for one in says if one not in page] == []
