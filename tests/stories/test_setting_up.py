"""A company is set up from the terminal, as deploy/README.md says; what is wrong is refused with what to enter."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app import create_app
from core.config import Config
from core.models import Staff
from core.runtime import Runtime
from ivr.models import HotlineNumber
from outbound.models import Sender

SETUP = """
tenants add lakeside --name "Lakeside Motors" --zone America/Los_Angeles --region US
staff add ann@lakeside.example --name "Ann Lee" --role supervisor --role administrator --password "seven bells at noon"
senders add voice 4155550110 --rate 1 --lines 20
senders add sms +14155550110 --rate 3
flows publish flows/library/hotline.yaml
ivr answer +18005550100 --forward-to +14155550111 --var roadside_number=+14155550112
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A company as it was set up; what is refused changes nothing in it."""
    folder = tmp_path_factory.mktemp("company")
    app = create_app(Config(database_url=f"sqlite:///{folder}/new/carillon.db", state_dir=folder / "state"))
    set_up(app)
    yield app
    runtime: Runtime = app.extensions["carillon"]
    runtime.spool.close()
    runtime.database.close()


def run(app: Flask, line: str) -> Result:
    return app.test_cli_runner().invoke(args=shlex.split(line))


def set_up(app: Flask) -> None:
    for line in ["db upgrade", *SETUP.strip().splitlines(), "check"]:
        found = run(app, line)
        assert found.exit_code == 0, f"{line}: {found.output}"


def test_from_an_empty_disk_to_a_hotline_that_answers(app: Flask) -> None:
    runtime: Runtime = app.extensions["carillon"]
    with runtime.database.reading(1) as session:
        assert session.scalars(select(Staff.email)).all() == ["ann@lakeside.example"]
        assert sorted(session.scalars(select(Sender.address))) == ["+14155550110", "+14155550110"]
        number = session.scalars(select(HotlineNumber)).one()
    assert (number.flow, number.forward_to) == ("hotline", "+14155550111")
    assert number.variables == {"roadside_number": "+14155550112"}


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        pytest.param("tenants add Lakeside! --name X", 1, "small letters", id="slug"),
        pytest.param("tenants add lakeside --name X", 1, "already", id="slug taken"),
        pytest.param("tenants add other --name ' '", 1, "--name: enter", id="no name"),
        pytest.param(f"tenants add other --name {'x' * 121}", 1, "1 to 120", id="long name"),
        pytest.param(
            "customers why 99999999999999999999 --channel sms --purpose service",
            2,
            "range",
            id="huge customer",
        ),
        pytest.param("tenants add other --name X --zone Mars/Base", 1, "IANA zone", id="zone"),
        pytest.param("tenants add other --name X --region XX", 1, "country such as US", id="region"),
        pytest.param(
            "staff add nobody --name N --role auditor --password 'seven bells at noon'",
            1,
            "e-mail",
            id="e-mail",
        ),
        pytest.param(
            "staff add b@c.example --name N --role auditor --password short", 1, "12", id="short password"
        ),
        pytest.param("staff add b@c.example --name N --role boss --password x", 2, "auditor", id="role"),
        pytest.param("senders add sms 911", 1, "emergency number", id="emergency number"),
        pytest.param("senders add sms +14155550110", 1, "already", id="sender taken"),
        pytest.param("senders add voice +14155550119", 1, "calls at once", id="no lines"),
        pytest.param("senders add sms +14155550119 --rate 0", 1, "rate over 0", id="no rate"),
        pytest.param("senders add telex +14155550119", 2, "voice", id="channel"),
        pytest.param("senders reopen 1", 1, "cannot become", id="reopen what is open"),
        pytest.param("senders reopen 99999999999999999999", 1, "no sender", id="huge id"),
        pytest.param("flows publish README.md", 1, "", id="no flow"),
        pytest.param("flows publish nowhere.yaml", 2, "does not exist", id="no file"),
        pytest.param("ivr answer +18005550100 --flow nothing", 1, "publish", id="unpublished flow"),
        pytest.param("ivr answer +18005550100 --forward-to +18005550100", 1, "own number", id="circle"),
        pytest.param("ivr answer +18005550100 --var nonsense=1", 1, "roadside_number", id="unknown variable"),
        pytest.param("ivr answer +18005550100 --var nonsense", 2, "name=value", id="no pair"),
        pytest.param("campaigns launch 99999999999999999999", 1, "no campaign", id="huge campaign"),
        pytest.param("campaigns certificate 7 --tenant nobody", 1, "no tenant", id="tenant"),
    ],
)
def test_what_is_wrong_is_refused_with_what_to_enter(app: Flask, line: str, code: int, says: str) -> None:
    found = run(app, line)

    assert found.exit_code == code, found.output
    assert says in found.output
    assert "Traceback" not in found.output
