"""Steps and states in what is refused: every one has a name, in Chinese the one the console shows."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from aftersales import appointments, state_names, work_orders
from aftersales.models import Appointment, WorkOrder
from console.appointment_words import STATES
from console.languages import catalogue
from console.order_words import ORDER_STEPS, Words
from core.errors import Conflict
from core.languages import in_language
from core.runtime import Runtime
from core.sentences import Sentence
from tests.aftersales.booked import Booked
from tests.aftersales.test_work_orders import opened


@pytest.mark.parametrize(
    ("model", "names", "shown"),
    [
        pytest.param(WorkOrder, state_names.STEPS, ORDER_STEPS, id="jobs"),
        pytest.param(Appointment, state_names.APPOINTMENTS, STATES, id="appointments"),
    ],
)
def test_every_state_is_named_as_the_console_shows_it(
    model: type[WorkOrder | Appointment], names: Mapping[str, Sentence], shown: Words
) -> None:
    chinese = catalogue("zh").gettext

    assert names.keys() == model.STATES.keys()
    assert {state: in_language(name, "zh") for state, name in names.items()} == {
        state: chinese(str(word)) for state, word in shown.items()
    }


def test_what_is_refused_names_them_to_whoever_reads_chinese(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        tenant, order = opened(session)
        work_orders.advance(session, tenant, order, "ready", "ann")
        with pytest.raises(Conflict) as back:
            work_orders.advance(session, tenant, order, "workshop", "ann")
        with pytest.raises(Conflict) as again:
            work_orders.advance(session, tenant, order, "ready", "ann")

    assert in_language(back.value.message, "zh") == (
        "工单 A-1 目前是“可以取车”，不能退回“车间维修中”，只能继续到：已交车、已回访、已取消"
    )
    assert in_language(again.value.message, "zh") == "工单 A-1 已经是“可以取车”"
    assert str(again.value.message) == "work order A-1 is at ready already"


def test_an_appointment_that_is_over_says_what_became_of_it(runtime: Runtime) -> None:
    shop = Booked(runtime)
    made = shop.book(1)
    with shop.session() as session:
        appointments.cancel(session, appointments.get(session, made), "ann")
        with pytest.raises(Conflict) as over:
            appointments.confirm(session, appointments.get(session, made), "ann")

    assert in_language(over.value.message, "zh") == "该预约的状态已是“已取消”"
