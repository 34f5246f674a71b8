"""Several waves: who is not reached goes on, to the next number or the next wave; the first success stops the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from broadcast import campaigns, settling
from broadcast.certificate import lost
from broadcast.models import Campaign, Recipient
from core import clock
from core.db import ALL_TENANTS
from core.errors import Conflict
from customers.models import CustomerNumber
from outbound.models import Attempt, Delivery, Sender, Source
from outbound.success import stop_rest
from tests.broadcast.conftest import House

pytestmark = pytest.mark.storage
LETTER = "{en: {subject: Hello, paragraphs: ['Dear {{ name }}']}}"
VARIABLES = "{company: Lakeside, company_phone: '1', opt_out_phone: '2', opt_out_fax: '3'}"


def document(house: House, *waves: str, **more: str) -> str:
    """A campaign of these waves on disk."""
    lines = {
        "name": "Three waves",
        "purpose": "service",
        "audience": "{segment: {}}",
        "variables": VARIABLES,
        "ends_after_h": "200",
        **more,
    }
    path = house.folder / "waves.yaml"
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    path.write_text(text + "waves:\n" + "".join(f"  - {{{wave}}}\n" for wave in waves))
    return str(path)


def sms(**more: str) -> str:
    return ", ".join(
        f"{name}: {value}"
        for name, value in {"channel": "sms", "message": '{en: {text: "Hello {{ name }}"}}', **more}.items()
    )


def fax(**more: str) -> str:
    return sms(**{"channel": "fax", "message": LETTER, **more})


def running(house: House, *waves: str, **more: str) -> int:
    """A campaign of these waves that runs; its id."""
    campaign_id = int(house.said("create", document(house, *waves, **more))["id"])
    house.said("launch", str(campaign_id))
    house.prepare()
    assert house.campaign(campaign_id).state == "running"
    return campaign_id


def person(house: House, name: str, mobile: tuple[str, ...] = (), fax_numbers: tuple[str, ...] = ()) -> int:
    """Somebody with these numbers, in the order they are to be tried."""
    customer_id = house.customer(name)
    with house.session() as session:
        for kind, numbers in (("mobile", mobile), ("fax", fax_numbers)):
            for position, address in enumerate(numbers):
                session.add(
                    CustomerNumber(
                        tenant_id=1, customer_id=customer_id, address=address, kind=kind, position=position
                    )
                )
    return customer_id


def deliveries(house: House) -> list[tuple[str, str, str]]:
    """Channel, number and state of every delivery, oldest first."""
    with house.runtime.database.reading(ALL_TENANTS) as session:
        rows = session.execute(
            select(Delivery.channel, Delivery.address, Delivery.state).order_by(Delivery.id)
        )
        return [(row.channel, row.address, row.state) for row in rows]


def end(house: House, address: str, channel: str, **values: Any) -> None:
    """The delivery to *address* ended an hour ago, like this."""
    ended = {"ended_at": clock.now() - timedelta(hours=1), **values}
    with house.session() as session:
        mine = (Delivery.address == address, Delivery.channel == channel)
        session.execute(update(Delivery).where(*mine).values(**ended))


def nobody_is_lost(house: House, campaign_id: int = 1) -> bool:
    with house.runtime.database.reading(1) as session:
        return lost(session, campaigns.get(session, campaign_id)) == []


ANN, ANN2, ANN_FAX = "+14155552001", "+14155552002", "+14155552003"
BOB, BOB_FAX = "+14155552011", "+14155552013"
FAILED = {"state": "failed", "cause": "no_answer"}


def test_who_is_not_reached_goes_on_from_the_end_of_their_own_wave(both: House) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    person(both, "Bob", (BOB,), (BOB_FAX,))
    running(both, sms(), fax(after_days="2", after_h="1", within_days="3"))
    end(both, ANN, "sms", **FAILED)
    assert both.settle() == {"settled": 1}
    clock.advance(timedelta(hours=5))
    end(both, BOB, "sms", **FAILED)
    assert both.settle() == {"settled": 1}

    with both.session() as session:
        letters = session.scalars(
            select(Delivery).where(Delivery.channel == "fax").order_by(Delivery.id)
        ).all()
    ended = [clock.now() - timedelta(hours=6), clock.now() - timedelta(hours=1)]
    assert [(one.address, one.state) for one in letters] == [(ANN_FAX, "pending"), (BOB_FAX, "pending")]
    assert [one.due_at for one in letters] == [at + timedelta(days=2, hours=1) for at in ended]
    assert [one.expires_at for one in letters] == [at + timedelta(days=3) for at in ended]
    assert both.recipients() == ["open", "open"]
    shown = both.progress(1).waves
    assert [(w.targeted, w.reached, w.under_way, w.went_on) for w in shown] == [(2, 0, 0, 2), (2, 0, 2, 0)]
    assert shown[1].next_at == ended[0] + timedelta(days=2, hours=1)
    assert nobody_is_lost(both)


@pytest.mark.parametrize(
    ("ended", "goes_on"),
    [
        pytest.param(FAILED, True, id="failed"),
        pytest.param({"state": "blocked", "reason": "consent"}, True, id="not allowed on that channel"),
        pytest.param({"state": "expired"}, True, id="that wave was over for them"),
        pytest.param({"state": "reached"}, False, id="reached"),
        pytest.param({"state": "unknown", "reason": "unknown"}, False, id="perhaps reached"),
        pytest.param({"state": "cancelled", "reason": "cancelled"}, False, id="given up"),
    ],
)
def test_only_who_was_surely_not_reached_goes_on(both: House, ended: dict[str, str], goes_on: bool) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    running(both, sms(), fax())
    end(both, ANN, "sms", **ended)
    both.settle()

    assert (len(deliveries(both)) == 2) is goes_on
    assert both.recipients()[0].startswith("open") is goes_on
    assert nobody_is_lost(both)


def test_when_no_wave_is_left_the_last_try_says_why(both: House) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    person(both, "Bob", (BOB,))
    running(both, sms(), fax())
    end(both, ANN, "sms", **FAILED)
    end(both, BOB, "sms", **FAILED)
    both.settle()
    end(both, ANN_FAX, "fax", state="blocked", reason="consent")
    both.settle()

    assert both.recipients() == ["failed:no_answer", "failed:no_answer"]
    assert both.settle() == {"finished": 1}
    assert both.certificate(1)["failed"] == {"no_answer": 2}


def test_a_person_without_a_number_for_a_wave_begins_with_the_next(both: House) -> None:
    person(both, "Ann", (ANN,))
    person(both, "Bob", (), (BOB_FAX,))
    person(both, "Twin", (ANN,), (ANN_FAX,))
    person(both, "Nobody")
    running(both, sms(), fax(after_h="3"))

    assert deliveries(both) == [
        ("sms", ANN, "pending"),
        ("fax", BOB_FAX, "pending"),
        ("fax", ANN_FAX, "pending"),
    ]
    assert both.recipients() == ["open", "open", "open", "blocked:no_number"]
    assert [w.targeted for w in both.progress(1).waves] == [1, 2]
    with both.session() as session:
        due = session.scalars(select(Delivery.due_at).where(Delivery.channel == "fax")).all()
    assert due == [clock.now() + timedelta(hours=3)] * 2


def test_a_condemned_number_gives_way_to_the_next_of_the_same_person(both: House) -> None:
    person(both, "Ann", (ANN, ANN2), (ANN_FAX,))
    running(both, sms(), fax())
    end(both, ANN, "sms", state="failed", cause="bad_number")
    both.settle()
    assert deliveries(both)[1:] == [("sms", ANN2, "pending")]
    assert [(w.targeted, w.under_way) for w in both.progress(1).waves] == [(1, 1), (0, 0)]
    end(both, ANN2, "sms", state="failed", cause="bad_number")
    both.settle()

    assert deliveries(both)[2:] == [("fax", ANN_FAX, "pending")], "no number is tried twice"


def test_what_condemns_a_number_is_a_rule_of_the_wave(both: House) -> None:
    person(both, "Ann", (ANN, ANN2))
    person(both, "Bob", (BOB, "+14155552012"))
    running(both, sms(next_number="[no_answer]"))
    end(both, ANN, "sms", **FAILED)
    end(both, BOB, "sms", state="failed", cause="bad_number")
    both.settle()

    assert deliveries(both)[2:] == [("sms", ANN2, "pending")]
    assert both.recipients() == ["open", "failed:bad_number"]


def test_a_number_condemned_by_one_wave_is_no_number_for_the_next(both: House) -> None:
    person(both, "Ann", (ANN, ANN2))
    running(both, sms(next_number="[]"), sms())
    end(both, ANN, "sms", state="failed", cause="bad_number")
    both.settle()

    assert deliveries(both)[1:] == [("sms", ANN2, "pending")]


def test_the_next_number_is_never_somebody_elses(both: House) -> None:
    person(both, "Ann", (ANN, BOB), (ANN_FAX,))
    person(both, "Bob", (BOB,))
    running(both, sms(), fax())
    end(both, ANN, "sms", state="failed", cause="bad_number")
    both.settle()

    assert deliveries(both)[2:] == [("fax", ANN_FAX, "pending")]


def test_a_late_success_stops_the_rest(both: House) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    running(both, sms(), fax(after_h="5"))
    end(both, ANN, "sms", **FAILED)
    both.settle()
    end(both, ANN, "sms", state="reached", cause="")
    both.settle()

    assert deliveries(both) == [("sms", ANN, "reached"), ("fax", ANN_FAX, "cancelled")]
    assert both.recipients() == ["reached"]
    assert both.settle() == {"finished": 1}
    assert both.certificate(1)["contacted_twice"] == 0
    assert nobody_is_lost(both)


@pytest.mark.parametrize(
    ("attempt", "state"),
    [
        pytest.param("claimed", "cancelled", id="not posted yet"),
        pytest.param("submitting", "active", id="posted"),
    ],
)
def test_a_success_takes_back_what_is_claimed_but_not_what_was_posted(
    both: House, attempt: str, state: str
) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    running(both, sms(), fax())
    end(both, ANN, "sms", **FAILED)
    both.settle()
    with both.session() as session:
        letter = session.scalars(select(Delivery).where(Delivery.channel == "fax")).one()
        first = session.scalars(select(Delivery.id).where(Delivery.channel == "sms")).one()
        sender = session.scalars(select(Sender.id).where(Sender.channel == "fax")).one()
        session.add(
            Attempt(
                tenant_id=1,
                delivery_id=letter.id,
                source_id=letter.source_id,
                sender_id=sender,
                channel="fax",
                address=letter.address,
                token="t",
                state=attempt,
                started_at=clock.now(),
            )
        )
        session.execute(update(Delivery).where(Delivery.channel == "fax").values(state="active"))
        session.flush()
        stop_rest(session, [first], clock.now())

    assert deliveries(both)[1] == ("fax", ANN_FAX, state)


def test_an_unknown_that_turns_out_to_have_failed_goes_on(both: House) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    person(both, "Bob", (BOB,), (BOB_FAX,))
    running(both, sms(), fax())
    end(both, ANN, "sms", state="unknown", reason="unknown")
    both.settle()
    assert both.recipients() == ["unknown:unknown", "open"]
    end(both, ANN, "sms", state="failed", cause="busy", reason="")
    both.settle()

    assert deliveries(both)[2:] == [("fax", ANN_FAX, "pending")]
    assert both.recipients() == ["open", "open"]


def test_no_wave_begins_when_the_campaign_is_over(both: House) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    running(both, sms(), fax(after_h="2"), ends_after_h="3")
    clock.advance(timedelta(hours=3))
    end(both, ANN, "sms", **FAILED)
    both.settle()

    assert len(deliveries(both)) == 1
    assert both.recipients() == ["failed:no_answer"]


def test_pause_resume_and_cancel_act_on_all_waves(both: House) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    person(both, "Bob", (BOB,), (BOB_FAX,))
    running(both, sms(), fax())

    def states() -> list[str]:
        with both.session() as session:
            return list(session.scalars(select(Source.state).order_by(Source.id)))

    both.said("pause", "1")
    assert states() == ["paused", "paused"]
    end(both, ANN, "sms", **FAILED)
    assert both.settle() == {"settled": 1}, "who goes on while it is paused waits in the next wave"
    both.said("resume", "1")
    assert states() == ["open", "open"]
    both.said("cancel", "1")
    both.settle()

    assert states() == ["stopped", "stopped"]
    assert both.recipients() == ["failed:no_answer", "blocked:cancelled"]
    assert {state for *_, state in deliveries(both)} == {"failed", "cancelled"}
    assert nobody_is_lost(both)


def test_a_refusal_of_one_wave_pauses_them_all(both: House) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    running(both, sms(), fax())
    with both.session() as session:
        session.execute(
            update(Source).where(Source.channel == "fax").values(state="paused", reason="refused")
        )
    both.settle()

    with both.session() as session:
        assert set(session.scalars(select(Source.state))) == {"paused"}
    assert both.progress(1).reason == "refused"


def plan_of(house: House) -> settling.Plan:
    with house.runtime.database.reading(1) as session:
        return settling.read(session, session.get_one(Campaign, 1))


def write(house: House, plan: settling.Plan) -> int:
    with house.session() as session:
        return settling.write(session, session.get_one(Campaign, 1, with_for_update=True), plan)


def test_what_two_workers_read_is_written_once(both: House) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    running(both, sms(), fax())
    end(both, ANN, "sms", **FAILED)
    first, second = plan_of(both), plan_of(both)

    assert (write(both, first), write(both, second)) == (1, 0)
    assert len(deliveries(both)) == 2
    assert [w.targeted for w in both.progress(1).waves] == [1, 1]


def test_a_success_that_comes_while_somebody_is_sent_on_goes_first(both: House) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    running(both, sms(), fax())
    end(both, ANN, "sms", **FAILED)
    plan = plan_of(both)
    end(both, ANN, "sms", state="reached", cause="")

    assert write(both, plan) == 0
    both.settle()
    assert (len(deliveries(both)), both.recipients()) == (1, ["reached"])


@pytest.mark.parametrize("change", ["cancelled", "a number taken"])
def test_what_has_changed_since_it_was_read_is_read_anew(both: House, change: str) -> None:
    person(both, "Ann", (ANN,), (ANN_FAX,))
    person(both, "Bob", (BOB,))
    running(both, sms(), fax())
    end(both, ANN, "sms", **FAILED)
    plan = plan_of(both)
    if change == "cancelled":
        both.said("cancel", "1")
    else:
        with both.session() as session:
            letters = session.scalars(select(Source).where(Source.channel == "fax")).one()
            row = session.scalars(select(Delivery).where(Delivery.address == BOB)).one()
            values = {"source_id": letters.id, "channel": "fax", "address": ANN_FAX}
            session.execute(update(Delivery).where(Delivery.id == row.id).values(**values))
    before = deliveries(both), both.recipients()
    with pytest.raises(Conflict):
        write(both, plan)

    assert (deliveries(both), both.recipients()) == before, "nothing half-done"


@pytest.mark.parametrize(
    ("second", "said"),
    [
        pytest.param(
            fax(message="{en: {subject: '{{ nam }}', paragraphs: [x]}}"),
            "waves.2.message.en: nothing is known as nam",
            id="a name that is none",
        ),
        pytest.param(
            sms(message="{en: {text: 'Your {{ plate }}'}}"),
            "waves.2: customer 1 (Ann): ",
            id="a row that lacks a value",
        ),
        pytest.param(
            sms(channel="voice", message="{flow: dance}"), "dance", id="a flow that is not published"
        ),
    ],
)
def test_all_waves_are_checked_before_anything_leaves(house: House, second: str, said: str) -> None:
    person(house, "Ann", (ANN,), (ANN_FAX,))
    house.said("create", document(house, sms(), second))

    assert said in house.run("launch", "1", "--json").stderr
    assert house.campaign(1).state == "draft"


def test_the_lost_would_be_found(both: House) -> None:
    ann = person(both, "Ann", (ANN,), (ANN_FAX,))
    bob = person(both, "Bob", (BOB,), (BOB_FAX,))
    running(both, sms(), fax())
    end(both, ANN, "sms", told="failed", **FAILED)
    end(both, BOB, "sms", state="reached", told="reached")
    with both.session() as session:
        session.execute(update(Recipient).where(Recipient.customer_id == bob).values(state="failed"))

    with both.runtime.database.reading(1) as session:
        assert lost(session, both.campaign(1)) == [ann, bob]
