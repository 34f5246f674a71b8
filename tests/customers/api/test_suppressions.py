"""Do-not-contact entries and segments, as programs see them."""

from __future__ import annotations

from collections.abc import Callable

from tests.api import Program, said
from tests.console.world import Company, address


def test_an_opt_out_counts_at_once_and_only_the_person_lifts_it(crm: Program, ours: Company) -> None:
    made = crm.post("/suppressions", {"address": address(1, 0)[3:], "scope": "all", "reason": "letter"})
    assert made.status_code == 201
    assert made.json is not None
    [entry] = made.json["data"]

    assert (entry["address"], entry["scope"], entry["reason"], entry["source"]) == (
        address(1, 0),
        "all",
        "letter",
        "api:crm",
    )
    why = crm.get(f"/customers/{ours.customer_id}/why", channel="sms", purpose="service").json
    assert why is not None
    assert why["decision"] == "blocked"
    refused = crm.ask("DELETE", f"/suppressions/{entry['id']}")
    assert (refused.status_code, refused.json and refused.json["code"]) == (409, "needs_opt_in")
    listed = crm.get("/suppressions", address=address(1, 0)).json
    assert listed is not None
    assert listed["data"] == [entry]


def test_a_number_comes_off_the_register_again(crm: Program) -> None:
    made = crm.post("/suppressions", {"address": "13911110001", "scope": "do_not_call"}).json
    assert made is not None
    path = f"/suppressions/{made['data'][0]['id']}"

    assert crm.ask("DELETE", path).status_code == 204
    assert crm.ask("DELETE", path).status_code == 404
    assert crm.get("/suppressions").json == {"data": [], "next": None}


def test_numbers_are_masked_for_a_role_that_may_not_read_them(
    crm: Program, with_role: Callable[[str], Program]
) -> None:
    crm.post("/suppressions", {"address": "13911110001", "scope": "marketing"})

    seen = with_role("administrator").get("/suppressions").json
    assert seen is not None
    assert [entry["address"] for entry in seen["data"]] == ["+86 •••• 0001"]


def test_an_entry_of_another_company_is_neither_seen_nor_lifted(
    crm: Program, app: object, theirs: Company
) -> None:
    from tests.api import program

    other = program(app, theirs.tenant_id)  # type: ignore[arg-type]
    made = other.post("/suppressions", {"address": "13911110001", "scope": "do_not_call"}).json
    assert made is not None

    assert crm.get("/suppressions").json == {"data": [], "next": None}
    assert crm.ask("DELETE", f"/suppressions/{made['data'][0]['id']}").status_code == 404


def test_wrong_fields_of_an_entry_are_named(crm: Program) -> None:
    assert said(crm.post("/suppressions", {"address": "x", "scope": "none"})).keys() == {"address", "scope"}
    assert said(crm.get("/suppressions", address="x")).keys() == {"address"}


def test_a_segment_is_counted_and_shown(crm: Program) -> None:
    fleet = {"segment": {"tags": ["fleet"]}, "channel": "sms"}
    everybody = {"segment": {}, "channel": "fax"}

    assert crm.post("/segments/count", fleet).json == {"customers": 1, "reachable": 1}
    assert crm.post("/segments/count", everybody).json == {"customers": 6, "reachable": 0}
    shown = crm.post("/segments/preview", {**everybody, "channel": "voice", "limit": 2}).json
    assert shown is not None
    assert [member["address"] for member in shown["data"]] == [address(1, 0), address(1, 1)]
    assert shown["data"][0]["fields"]["name"] == "Chen Jie"
    wrong = crm.post("/segments/count", {"segment": {"colour": "red", "tags": "x"}, "channel": "sms"})
    assert said(wrong).keys() == {"segment.colour", "segment.tags"}
