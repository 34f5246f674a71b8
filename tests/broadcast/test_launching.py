"""What stands between a draft and its launch: doubles, ceilings, a second person, carriers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from broadcast import approval, editing, launching
from broadcast.models import Approval, Campaign
from core import clock, holds
from core.carriers.base import Carrier
from core.errors import CarillonError, Conflict, Forbidden, Invalid
from core.models import AuditEntry, Tenant
from core.runtime import Runtime
from customers.models import Customer
from tests.broadcast.conftest import House

ANN, BEN = "ann@ours.example", "Ben@ours.example"


def limit(house: House, **launch: Any) -> None:
    with house.session() as session:
        session.execute(update(Tenant).values(settings={"launch": launch}))


def draft(house: House, **document: str) -> int:
    return int(house.said("create", str(house.write(**document)))["id"])


def launch(house: House, campaign_id: int, who: str = ANN, override: str = "") -> str:
    """Launch as the console does; the state it led to."""
    ready = launching.ready(house.runtime, 1, campaign_id)
    with house.session() as session:
        campaign = session.get_one(Campaign, campaign_id)
        launching.launch(session, campaign, ready, who, override)
        return campaign.state


def approve(house: House, campaign_id: int, who: str) -> str:
    ready = launching.ready(house.runtime, 1, campaign_id)
    with house.session() as session:
        campaign = session.get_one(Campaign, campaign_id)
        launching.approve(session, campaign, ready, who)
        return campaign.state


def edit(house: House, campaign_id: int, who: str = ANN, **document: str) -> None:
    text = house.write(**document).read_text(encoding="utf-8")
    with house.session() as session:
        campaign = session.get_one(Campaign, campaign_id)
        editing.edit(session, session.get_one(Tenant, 1), campaign, text, who)


def actions(house: House) -> list[str]:
    with house.session() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.mark.storage
def test_a_double_is_refused_until_a_reason_is_given(both: House) -> None:
    both.crowd(3)
    launch(both, draft(both, name="Autumn"))
    double = draft(both, name="Autumn again", retries="{network: {times: 1, after_s: 60}}")

    with pytest.raises(Conflict, match=r"same people as Autumn \(campaign 1\)"):
        launch(both, double)

    assert launch(both, double, override="the first had no sender") == "preparing"
    assert actions(both)[-1] == "override_double"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda house: clock.advance(timedelta(hours=24)), id="a day later"),
        pytest.param(lambda house: house.customer("Somebody else", "+14155559999"), id="another list"),
        pytest.param(
            lambda house: edit(house, 2, name="Again", message='{en: {text: "Something else"}}'),
            id="another message",
        ),
    ],
)
def test_what_is_no_double_goes(house: House, change: Callable[[House], object]) -> None:
    house.crowd(2)
    launch(house, draft(house, name="First"))
    again = draft(house, name="Again")

    change(house)

    assert launch(house, again) == "preparing"


def test_the_command_line_keeps_doubles_back_too(house: House) -> None:
    house.crowd(1)
    house.launched(name="First")
    again = str(draft(house, name="Again"))

    result = house.run("launch", again)
    assert (result.exit_code, "within the last 24 hours" in result.output) == (1, True)
    assert house.run("launch", again, "--despite-double", "it was a rehearsal").exit_code == 0


def test_under_the_brake_the_command_line_says_that_nothing_leaves(house: House) -> None:
    house.crowd(1)
    with house.session() as session:
        holds.hold(session, 1, "stopped", ANN, why="wrong list")

    said = house.run("launch", str(draft(house))).stdout
    assert "is preparing. But nothing leaves: all sending is held (stopped by ann@ours.example, " in said
    assert "until: flask outbound go" in said

    stands = house.said("status", "1")
    assert stands["hold"]["who"] == ANN
    with house.session() as session:
        holds.lift(session, 1, "stopped", ANN, why="mended")
    assert "hold" not in house.said("status", "1")


def test_nobody_launches_to_more_than_the_ceiling(house: House) -> None:
    house.crowd(3)
    limit(house, most_recipients=2)
    campaign_id = draft(house)

    with pytest.raises(
        Conflict, match="the list has 3 people; your company lets nobody launch to more than 2"
    ):
        launch(house, campaign_id)

    limit(house, most_recipients=3)
    assert launch(house, campaign_id) == "preparing"


@pytest.mark.storage
def test_above_the_limit_another_person_lets_it_go(both: House) -> None:
    both.crowd(3)
    limit(both, second_person_above={"recipients": 2})
    campaign_id = draft(both)

    assert launch(both, campaign_id, ANN) == "waiting"
    with pytest.raises(Forbidden, match="another person must approve it"):
        approve(both, campaign_id, ANN.upper())
    assert approve(both, campaign_id, BEN) == "preparing"

    assert both.campaign(campaign_id).launched_by == ANN
    assert actions(both)[-3:] == ["ask_approval", "approve", "launch"]
    with pytest.raises(Conflict):
        approve(both, campaign_id, BEN)


def test_the_command_line_asks_for_approval(house: House) -> None:
    house.crowd(2)
    limit(house, second_person_above={"recipients": 1})

    result = house.run("launch", str(draft(house)))

    assert result.output == "Campaign 1 'Autumn' is waiting; another person must approve it in the console.\n"
    assert house.run("launch", "1").exit_code == 1
    assert house.campaign(1).state == "waiting"


def test_what_is_sent_back_is_a_draft_again(house: House) -> None:
    house.crowd(2)
    limit(house, second_person_above={"recipients": 1})
    campaign_id = draft(house)
    launch(house, campaign_id)
    with house.session() as session:
        campaign = session.get_one(Campaign, campaign_id)
        with pytest.raises(Invalid, match="enter a reason"):
            approval.send_back(session, campaign, BEN, "  ")
        approval.send_back(session, campaign, BEN, "the offer ended yesterday")
        assert campaign.state == "draft"
        found = approval.latest(session, campaign)
        assert found
        assert (found.state, found.reason) == ("refused", "the offer ended yesterday")

    assert launch(house, campaign_id) == "waiting", "it can be asked for again"


def test_any_edit_voids_what_was_asked_for(house: House) -> None:
    house.crowd(2)
    limit(house, second_person_above={"recipients": 1})
    campaign_id = draft(house)
    launch(house, campaign_id)

    edit(house, campaign_id, ends_after_h="5")

    assert house.campaign(campaign_id).state == "draft"
    with house.session() as session:
        assert session.scalars(select(Approval.state)).all() == ["void"]
    with pytest.raises(Conflict):
        approve(house, campaign_id, BEN)


def test_a_list_that_changed_is_not_what_was_approved(house: House) -> None:
    house.crowd(2)
    limit(house, second_person_above={"recipients": 1})
    campaign_id = draft(house)
    launch(house, campaign_id)
    house.customer("Late", "+14155559998")

    with pytest.raises(Conflict, match="has changed since the approval was asked for"):
        approve(house, campaign_id, BEN)
    assert house.campaign(campaign_id).state == "waiting"


def test_a_cost_limit_asks_for_a_rehearsal_first(house: House) -> None:
    house.crowd(2)
    with house.session() as session:
        prices = {"currency": "USD", "sms": {"+": "0.50"}}
        terms = {"second_person_above": {"cost": "0.75"}}
        session.execute(update(Tenant).values(settings={"prices": prices, "launch": terms}))
    campaign_id = draft(house, purpose="transactional")
    with pytest.raises(Conflict, match="rehearse the launch, so that the cost is known"):
        launch(house, campaign_id)

    house.said("forecast", str(campaign_id))

    assert launch(house, campaign_id) == "waiting"


def test_an_edited_document_is_read_as_a_new_one_is(house: House) -> None:
    house.crowd(1)
    campaign_id = draft(house)

    with pytest.raises(CarillonError, match="channel: enter"):
        edit(house, campaign_id, channel="pigeon")
    edit(house, campaign_id, name="Winter", channel="fax", message="{en: {subject: Hi, paragraphs: [Hello]}}")

    assert house.campaign(campaign_id).name == "Winter"
    assert "fax" in house.campaign(campaign_id).document
    other = house.launched(name="Other")
    with pytest.raises(Conflict, match="only a draft can be changed"):
        edit(house, other)


class RedCarrier:
    """A carrier whose account is not in order."""

    name = "red"

    def check(self) -> list[str]:
        return ["the account is suspended; call the carrier"]


def test_a_carrier_that_is_not_ready_keeps_the_launch_back(house: House) -> None:
    house.crowd(1)
    carriers: dict[str, Carrier] = {"sms": RedCarrier()}  # type: ignore[dict-item]  # all that is asked of it
    runtime = Runtime(house.runtime.config, house.runtime.database, carriers, house.runtime.spool)
    campaign_id = draft(house)

    with pytest.raises(Invalid, match="the account is suspended; call the carrier"):
        launching.ready(runtime, 1, campaign_id)
    with house.session() as session:
        assert session.scalar(select(Customer.id))
