"""An older database is restored: nothing leaves, the carrier's lists tell what was sent, and nobody is contacted twice."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select

from core import clock
from core.db import ALL_TENANTS
from core.models import AuditEntry
from customers.models import Suppression, Touch
from outbound import deliveries
from outbound.models import Delivery
from tests.outbound.conftest import Build
from tests.plant import CONSTANTS, TEXTS, Plant
from tests.plant import population as plant_population

PEOPLE = [f"+1415555{number:04}" for number in range(1000, 1012)]


def run(plant: Plant, *arguments: str) -> Result:
    return plant.app.test_cli_runner().invoke(args=["outbound", *arguments])


def back_up(plant: Plant, folder: Path) -> None:
    with plant.runtime.database.engine.connect().execution_options(begin="") as connection:
        connection.exec_driver_sql(f"VACUUM INTO '{folder / 'backup.db'}'")


def restore(plant: Plant, folder: Path) -> None:
    plant.runtime.database.close()
    file = Path(str(plant.runtime.database.engine.url.database))
    for rest in (file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        rest.unlink(missing_ok=True)
    shutil.copy(folder / "backup.db", file)


def _stopped(plant: Plant) -> list[tuple[str, str]]:
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        return [tuple(row) for row in session.execute(select(Suppression.address, Suppression.reason))]


@pytest.fixture
def plant(build: Build, sqlite_url: str, tmp_path: Path) -> Plant:
    """Six people were sent their text before the backup, and six after it; then the backup was restored."""
    plant = build(url=sqlite_url)
    plant.deliver("sms", *PEOPLE[:6])
    plant.run_until(plant.is_over)
    plant.deliver("sms", *PEOPLE[6:])
    back_up(plant, tmp_path)
    plant.run_until(plant.is_over)
    assert len(plant.contacts()) == 12
    restore(plant, tmp_path)
    return plant


def test_nothing_leaves_until_it_was_reconciled_and_nobody_is_contacted_twice(plant: Plant) -> None:
    for _ in range(3):
        plant.step()
    assert len(plant.contacts()) == 12
    assert Counter(plant.states().values()) == {"reached": 6, "pending": 6}
    early = run(plant, "lift-restore", "--why", "hurry")
    assert "first run" in early.output

    found = run(plant, "reconcile-restore")
    assert "6 written down" in found.output, found.output
    lifted = run(plant, "lift-restore", "--why", "compared with the carrier's list")
    assert lifted.exit_code == 0, lifted.output
    plant.run_until(plant.is_over)

    assert Counter(plant.states().values()) == {"reached": 12}
    assert len(plant.contacts()) == 12
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        acts = [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert acts[-2:] == ["hold", "lift"]


def test_what_was_texted_to_us_since_is_taken_in_again_before_sending_goes_on(
    build: Build, sqlite_url: str, tmp_path: Path
) -> None:
    stops = {"text": "delivered", "reply": "STOP", "reply_after_s": 1}
    plant = build(plant_population({"numbers": {PEOPLE[0]: stops}}), url=sqlite_url)
    plant.deliver("sms", PEOPLE[0], purpose="marketing")
    back_up(plant, tmp_path)
    plant.run_until(lambda: len(_stopped(plant)) == 1)
    restore(plant, tmp_path)
    assert _stopped(plant) == []
    plant.step()

    found, again = run(plant, "reconcile-restore"), run(plant, "reconcile-restore")
    run(plant, "lift-restore", "--why", "compared")

    assert "1 texts to us taken in again" in found.output, found.output
    assert "0 texts to us taken in again" in again.output
    assert _stopped(plant) == [(PEOPLE[0], "sms_stop")]


def test_whose_calls_may_have_held_an_opt_out_is_named(build: Build, sqlite_url: str, tmp_path: Path) -> None:
    plant = build(url=sqlite_url)
    plant.deliver("voice", PEOPLE[0], flow="nobody's")
    back_up(plant, tmp_path)
    plant.run_until(lambda: bool(plant.contacts()) and "active" not in plant.states().values())
    restore(plant, tmp_path)
    plant.step()

    assert f"\n    {PEOPLE[0]}\n" in run(plant, "reconcile-restore").output


def test_after_it_was_lifted_sending_goes_on(plant: Plant) -> None:
    plant.step()
    run(plant, "reconcile-restore")
    run(plant, "lift-restore", "--why", "compared")

    plant.deliver("sms", "+14155552000")
    plant.run_until(plant.is_over)

    assert plant.states()["+14155552000"] == "reached"
    assert len(plant.contacts()) == 13


def test_what_may_be_either_of_two_deliveries_closes_both(
    build: Build, sqlite_url: str, tmp_path: Path
) -> None:
    plant = build(url=sqlite_url)
    plant.deliver("sms", PEOPLE[0])
    twin(plant, PEOPLE[0])
    back_up(plant, tmp_path)
    plant.step()
    assert len(plant.contacts()) == 1
    restore(plant, tmp_path)
    plant.step()

    found = run(plant, "reconcile-restore")
    again = run(plant, "reconcile-restore")
    run(plant, "lift-restore", "--why", "looked")
    for _ in range(3):
        plant.step()

    assert "2 deliveries closed" in found.output, found.output
    assert "0 deliveries closed" in again.output, "once is enough"
    assert len(plant.contacts()) == 1
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        assert set(session.scalars(select(Delivery.state))) == {"unknown"}
        assert len(list(session.scalars(select(Touch.id).where(Touch.source.like("restored:%"))))) == 1


def twin(plant: Plant, address: str) -> None:
    """A second source wants to reach the customer at *address*."""
    with plant.session() as session:
        customer_id = session.scalars(select(Delivery.customer_id)).first()
        source = deliveries.open_source(
            session,
            1,
            "test:twin",
            channel="sms",
            purpose="service",
            content={"texts": {"en": TEXTS["sms"]}, "variables": CONSTANTS},
        )
        wanted = [deliveries.Wanted(customer_id, address, "en", {"name": "Ann"})]
        deliveries.add(session, source, wanted, clock.now(), clock.now() + timedelta(days=3))


def test_without_a_restore_there_is_nothing_to_reconcile(build: Build) -> None:
    plant = build()

    for command in (("reconcile-restore",), ("lift-restore", "--why", "no reason")):
        found = run(plant, *command)
        assert found.exit_code == 1
        assert "nothing is held because of a restored database" in found.output
