from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from core.db import ALL_TENANTS, Database, ScopedSession
from customers import segments
from customers.models import Vehicle
from customers.segments import FIELDS, Segment, members
from tests.customers.conftest import make_customer

ANN, WANG, THEIRS = "+14155550101", "+8613800138000", "+14155550109"


@pytest.fixture
def people(ours: ScopedSession) -> dict[str, int]:
    ids = {
        "ann": make_customer(ours, ANN, name="Ann", reference="K-1", tags=["vip"], language="en"),
        "wang": make_customer(
            ours, WANG, name="王芳", reference="K-2", tags=["autumn", "vip"], language="zh"
        ),
        "silent": make_customer(ours, name="No Number"),
        "theirs": make_customer(ours, THEIRS, tenant_id=2, name="Other", tags=["vip"], language="en"),
    }
    ours.add(
        Vehicle(
            tenant_id=1,
            customer_id=ids["wang"],
            plate="京A1",
            model="红旗",
            next_service_on=date(2026, 12, 31),
        )
    )
    ours.flush()
    return ids


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        pytest.param({}, ["ann", "wang", "silent"], id="everybody of ours"),
        pytest.param({"tags": ["autumn"]}, ["wang"], id="a tag"),
        pytest.param({"tags": ["autumn", "vip"]}, ["ann", "wang"], id="one of two tags"),
        pytest.param({"languages": ["zh"]}, ["wang"], id="a language"),
        pytest.param({"references": ["K-1", "K-9"]}, ["ann"], id="a list of references"),
        pytest.param({"service_due_before": "2026-12-31"}, ["wang"], id="service due, the last day included"),
        pytest.param({"service_due_before": "2026-12-30"}, [], id="service due later"),
        pytest.param({"service_due_after": "2026-12-31"}, ["wang"], id="service due from a day on"),
        pytest.param({"tags": ["vip"], "languages": ["en"]}, ["ann"], id="all conditions"),
    ],
)
def test_a_segment_selects_its_members(
    ours: ScopedSession, people: dict[str, int], segment: dict[str, Any], expected: list[str]
) -> None:
    found = members(ours, 1, Segment(**segment), "sms")

    assert [member.customer_id for member in found] == [people[name] for name in expected]


def test_a_member_carries_number_language_and_what_a_text_may_say(
    ours: ScopedSession, people: dict[str, int]
) -> None:
    ann, wang, silent = members(ours, 1, Segment(), "sms")

    assert (wang.address, wang.language, silent.address) == (WANG, "zh", None)
    assert set(ann.fields) == set(FIELDS)
    assert (wang.fields["plate"], wang.fields["next_service"], ann.fields["plate"]) == (
        "京A1",
        "2026-12-31",
        "",
    )


def test_a_session_over_all_tenants_still_selects_one(database: Database) -> None:
    with database.session(ALL_TENANTS) as session:
        ann = make_customer(session, ANN)
        make_customer(session, THEIRS, tenant_id=2)

        assert [member.customer_id for member in members(session, 1, Segment(), "sms")] == [ann]


def test_pages_join_without_gap_or_repeat(
    ours: ScopedSession, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "PAGE", 1)

    assert [member.customer_id for member in members(ours, 1, Segment(tags=["vip"]), "voice")] == [
        people["ann"],
        people["wang"],
    ]
    assert [
        member.customer_id for member in members(ours, 1, Segment(), "voice", after_id=people["ann"])
    ] == [
        people["wang"],
        people["silent"],
    ]


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({"references": ["K-1\0"]}, id="NUL"),
        pytest.param({"languages": ["\x1b[31m"]}, id="a control character"),
        pytest.param({"tags": ["\ud800"]}, id="half a character"),
        pytest.param({"references": ["x" * 121]}, id="an entry without end"),
        pytest.param({"references": ["x"] * 10_001}, id="more than a statement names"),
        pytest.param({"languages": ["en"] * 51}, id="more languages than anybody speaks"),
    ],
)
def test_what_no_database_can_look_for_is_refused(condition: dict[str, list[str]]) -> None:
    with pytest.raises(ValidationError):
        Segment.model_validate(condition)


def test_a_long_list_of_references_is_looked_for(ours: ScopedSession, people: dict[str, int]) -> None:
    wanted = Segment(references=[f"X-{n}" for n in range(segments.MAX_REFERENCES - 1)] + ["K-2"])

    assert [member.customer_id for member in members(ours, 1, wanted, "sms")] == [people["wang"]]


def test_an_unknown_condition_is_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Segment(colour="red")  # type: ignore[call-arg]  # the point of the test
