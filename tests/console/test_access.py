"""Who may open what: every route of the console, by every role and from another company."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from core.models import ROLES
from tests.console.browser import HTMX, send
from tests.console.conftest import SignIn
from tests.console.world import Company

ALL = frozenset(ROLES)
READERS = ALL - {"administrator"}
WRITERS = frozenset({"marketing", "supervisor"})
PUBLIC = "public"
# what the roles are for, written out: the routes must agree
ROUTES: dict[str, frozenset[str] | str] = {
    "signin.form": PUBLIC,
    "signin.enter": PUBLIC,
    "signin.leave": ALL,
    "preferences.keep": PUBLIC,
    "today.home": ALL,
    "today.index": ALL,
    "campaigns.index": ALL,
    "campaigns.show": ALL,
    "campaigns.certificate": ALL,
    "campaigns.ask": frozenset({"marketing", "supervisor"}),
    "campaigns.change": frozenset({"marketing", "supervisor"}),
    "hours.form": WRITERS,
    "hours.change": WRITERS,
    "doubts.index": WRITERS | {"auditor"},
    "doubts.decide": WRITERS,
    "drafts.new": WRITERS,
    "drafts.create": WRITERS,
    "drafts.edit": WRITERS,
    "drafts.change": WRITERS,
    "drafts.show": ALL,
    "drafts.ask": WRITERS,
    "drafts.rehearse": WRITERS,
    "drafts.start": WRITERS,
    "drafts.approve": WRITERS,
    "drafts.send_back": WRITERS,
    "drafts.letter": WRITERS,
    "trials.send": WRITERS,
    "trials.add_number": WRITERS,
    "trials.confirm_number": WRITERS,
    "answers.index": ALL,
    "texts.index": frozenset({"after_sales", "supervisor", "auditor"}),
    "texts.decide": frozenset({"after_sales", "supervisor"}),
    "recipients.index": READERS,
    "calls.index": READERS,
    "calls.show": READERS,
    "calls.audio": frozenset({"after_sales", "supervisor", "auditor"}),
    "flows.index": READERS,
    "flows.show": READERS,
    "flows.draft": frozenset({"supervisor"}),
    "flows.version": READERS,
    "flows.release": frozenset({"supervisor"}),
    "flows.forget": frozenset({"supervisor"}),
    "simulator.begin": READERS,
    "simulator.go_on": READERS,
    "simulator.keep": frozenset({"supervisor"}),
    "hearing.index": READERS,
    "prompts.index": frozenset({"after_sales", "supervisor", "auditor"}),
    "prompts.keep": frozenset({"supervisor"}),
    "prompts.remove": frozenset({"supervisor"}),
    "prompts.audio": frozenset({"after_sales", "supervisor", "auditor"}),
    "announcements.index": frozenset({"after_sales", "supervisor", "auditor"}),
    "announcements.announce": frozenset({"supervisor"}),
    "announcements.end": frozenset({"supervisor"}),
    "api_keys.index": frozenset({"administrator"}),
    "api_keys.add": frozenset({"administrator"}),
    "api_keys.revoke": frozenset({"administrator"}),
    "blocked.index": frozenset({"after_sales", "supervisor", "auditor"}),
    "blocked.block": frozenset({"supervisor"}),
    "blocked.numbers": frozenset({"supervisor"}),
    "blocked.unblock": frozenset({"supervisor"}),
    "queue.index": frozenset({"after_sales", "supervisor", "auditor"}),
    "queue.me": frozenset({"after_sales", "supervisor"}),
    "queue.put": frozenset({"supervisor"}),
    "voicemail.index": frozenset({"after_sales", "supervisor", "auditor"}),
    "voicemail.audio": frozenset({"after_sales", "supervisor", "auditor"}),
    "voicemail.done": frozenset({"after_sales", "supervisor"}),
    "work_orders.index": READERS,
    "work_orders.show": READERS,
    "work_orders.change": frozenset({"after_sales", "supervisor"}),
    "files.index": READERS,
    "files.show": READERS,
    "files.complete": frozenset({"after_sales", "supervisor"}),
    "files.open_file": frozenset({"after_sales", "supervisor"}),
    "follow_ups.index": READERS,
    "follow_ups.show": READERS,
    "follow_ups.assign": frozenset({"supervisor"}),
    "follow_ups.change": frozenset({"after_sales", "supervisor"}),
    "follow_ups.cancel": frozenset({"supervisor"}),
    "call_records.ask": frozenset({"after_sales", "supervisor"}),
    "call_records.unnoted": frozenset({"after_sales", "supervisor"}),
    "call_records.noting": frozenset({"after_sales", "supervisor"}),
    "call_records.note": frozenset({"after_sales", "supervisor"}),
    "call_records.record": frozenset({"after_sales", "supervisor"}),
    "persons.export": frozenset({"supervisor"}),
    "persons.ask": frozenset({"supervisor"}),
    "persons.erase": frozenset({"supervisor"}),
    "letters.ask": frozenset({"after_sales", "supervisor"}),
    "letters.post": frozenset({"after_sales", "supervisor"}),
    "letters.index": frozenset({"after_sales", "supervisor", "auditor"}),
    "letters.dispatch": frozenset({"after_sales", "supervisor"}),
    "letters.sheet": frozenset({"after_sales", "supervisor"}),
    "letters.tell": frozenset({"after_sales", "supervisor"}),
    "letters.fax": frozenset({"after_sales", "supervisor", "auditor"}),
    "cases.index": READERS,
    "cases.show": READERS,
    "cases.change": frozenset({"after_sales", "supervisor"}),
    "registers.home": frozenset({"after_sales", "supervisor", "auditor"}),
    "registers.index": frozenset({"after_sales", "supervisor", "auditor"}),
    "registers.whole": frozenset({"after_sales", "supervisor", "auditor"}),
    "registers.show": frozenset({"after_sales", "supervisor", "auditor"}),
    "registers.sheet": frozenset({"after_sales", "supervisor", "auditor"}),
    "summaries.index": READERS,
    "summaries.show": READERS,
    "summaries.change": frozenset({"supervisor"}),
    "summaries.document": READERS,
    "calendar.index": READERS,
    "events.index": READERS,
    "events.show": READERS,
    "events.ask": frozenset({"marketing", "after_sales", "supervisor"}),
    "events.enter": frozenset({"marketing", "after_sales", "supervisor"}),
    "events.change": frozenset({"marketing", "after_sales", "supervisor"}),
    "appointments.index": READERS,
    "appointments.show": READERS,
    "appointments.ask": frozenset({"after_sales", "supervisor"}),
    "appointments.book": frozenset({"after_sales", "supervisor"}),
    "appointments.change": frozenset({"after_sales", "supervisor"}),
    "slots.open_": frozenset({"after_sales", "supervisor"}),
    "slots.close": frozenset({"after_sales", "supervisor"}),
    "absences.index": frozenset({"after_sales", "supervisor", "auditor"}),
    "absences.enter": frozenset({"after_sales", "supervisor"}),
    "absences.change": frozenset({"after_sales", "supervisor"}),
    "customers.index": READERS,
    "customers.show": READERS,
    "customers.ask": frozenset({"marketing", "after_sales", "supervisor"}),
    "customers.opt_out": frozenset({"marketing", "after_sales", "supervisor"}),
    "brake.ask": frozenset({"supervisor"}),
    "brake.pull": frozenset({"supervisor"}),
    "imports.index": frozenset({"marketing", "supervisor"}),
    "imports.check": frozenset({"marketing", "supervisor"}),
    "imports.check_again": frozenset({"marketing", "supervisor"}),
    "imports.show": frozenset({"marketing", "supervisor"}),
    "imports.cancel": frozenset({"marketing", "supervisor"}),
    "imports.take": frozenset({"marketing", "supervisor"}),
    "imports.rejected": frozenset({"marketing", "supervisor"}),
    "new_orders.form": frozenset({"after_sales", "supervisor"}),
    "new_orders.take_in": frozenset({"after_sales", "supervisor"}),
    "vehicles.form": frozenset({"after_sales", "supervisor"}),
    "vehicles.enter": frozenset({"after_sales", "supervisor"}),
    "vehicles.edit": frozenset({"after_sales", "supervisor"}),
    "vehicles.change": frozenset({"after_sales", "supervisor"}),
    "team.index": frozenset({"supervisor", "administrator", "auditor"}),
    "team.hire": frozenset({"supervisor", "administrator"}),
    "team.change": frozenset({"supervisor", "administrator"}),
    "passwords.form": PUBLIC,
    "passwords.choose": PUBLIC,
}
IDS: dict[str, Callable[[Company], Any]] = {
    "campaign_id": lambda company: company.running_id,
    "call_id": lambda company: company.call_id,
    "voicemail_id": lambda company: company.message_id,
    "record_id": lambda company: 999_999,  # theirs: test_care.py
    "recording_id": lambda company: 999_999,  # theirs: test_recordings.py
    "customer_id": lambda company: company.customer_id,
    "change": lambda company: "cancel",
    "order": lambda company: "stop",
    "text_id": lambda company: company.text_id,
    "decision": lambda company: "dismiss",
    "token": lambda company: "A" * 22,
    "position": lambda company: 1,
    "verdict": lambda company: "sent",
    "attempt_id": lambda company: 999_999,
    "number_id": lambda company: 1,
    "order_id": lambda company: 999_999,  # theirs: test_work_orders.py
    "file_id": lambda company: 999_999,  # as above
    "follow_up_id": lambda company: 999_999,  # theirs: test_care.py
    "case_id": lambda company: 999_999,  # as above
    "deed": lambda company: "plan",
    "turn": lambda company: "note",
    "appointment_id": lambda company: 999_999,  # theirs: test_appointments.py
    "doing": lambda company: "cancel",
    "absence_id": lambda company: 999_999,  # theirs: test_absences.py
    "announcement_id": lambda company: 999_999,  # theirs: test_hotline_pages.py
    "blocked_id": lambda company: 999_999,  # as above
    "key_id": lambda company: 999_999,  # theirs: test_api_keys.py
    "agent_id": lambda company: 999_999,  # theirs: test_queue.py
    "turning": lambda company: "end",
    "event_id": lambda company: 999_999,  # theirs: test_events.py
    "letter_id": lambda company: 999_999,  # theirs: test_letters.py
    "posting": lambda company: "not_posted",
    "arrival": lambda company: "arrived",
    "summary_id": lambda company: 999_999,  # theirs: test_registers.py
    "entry_id": lambda company: 999_999,  # as above
    "kind": lambda company: "files",
    "suffix": lambda company: "csv",
    "pen": lambda company: "edit",
    "act": lambda company: "urgent",
    "import_id": lambda company: 999_999,  # theirs: test_imports.py
    "name": lambda company: "hotline",  # theirs: test_flows.py
    "hash_": lambda company: "0" * 64,  # as above
    "prompt_id": lambda company: 999_999,  # theirs: test_prompts.py
    "staff_id": lambda company: 999_999,  # theirs: test_team.py
    "vehicle_id": lambda company: 999_999,  # theirs: test_desk_forms.py
    "standing": lambda company: "back",
}


def rules(app: Flask) -> Iterator[tuple[str, str, Rule]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console."):
            for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
                yield rule.endpoint.removeprefix("console."), method, rule


def path_of(app: Flask, rule: Rule, company: Company) -> str:
    with app.test_request_context():
        values = {name: IDS[name](company) for name in rule.arguments}
        return app.url_map.bind("localhost").build(
            rule.endpoint, values, method=next(iter(rule.methods or ()))
        )


def test_every_route_is_in_the_table(app: Flask) -> None:
    assert {endpoint for endpoint, _, _ in rules(app)} == ROUTES.keys()


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_in_exactly_where_the_table_says(
    app: Flask, signed_in: SignIn, theirs: Company, role: str
) -> None:
    """With ids of the other company, so that whoever is let in changes nothing and finds nothing."""
    client = signed_in(role)
    for endpoint, method, rule in rules(app):
        if endpoint == "signin.leave" or ROUTES[endpoint] == PUBLIC:
            continue
        path = path_of(app, rule, theirs)
        answer = client.get(path) if method == "GET" else send(client, path)
        assert (answer.status_code != 403) is (role in ROUTES[endpoint]), f"{role} {method} {path}"
        assert answer.status_code < 500, f"{role} {method} {path}"


def test_whoever_is_not_signed_in_is_asked_to(app: Flask, ours: Company) -> None:
    client = app.test_client()
    for endpoint, method, rule in rules(app):
        if ROUTES[endpoint] == PUBLIC:
            continue
        path = path_of(app, rule, ours)
        answer = client.get(path) if method == "GET" else send(client, path)
        assert answer.status_code == 303, path
        assert answer.location.startswith("/sign-in"), path


def test_ids_of_another_company_are_not_found_anywhere(
    app: Flask, signed_in: SignIn, theirs: Company
) -> None:
    people = {role: signed_in(role) for role in ("supervisor", "administrator")}
    tried = 0
    for endpoint, method, rule in rules(app):
        client = people["administrator" if ROUTES[endpoint] == {"administrator"} else "supervisor"]
        if not rule.arguments - {"order", "kind", "suffix"}:
            continue
        path = path_of(app, rule, theirs)
        for headers in ({}, HTMX):
            data = {"note": "x", "scope": "all"}
            answer = (
                client.get(path, headers=headers)
                if method == "GET"
                else send(client, path, data, headers=headers)
            )
            assert answer.status_code == 404, f"{method} {path}"
            tried += 1
    assert tried >= 20


def test_lists_hold_nothing_of_another_company(app: Flask, signed_in: SignIn, theirs: Company) -> None:
    client = signed_in("supervisor")
    database = app.extensions["carillon"].database
    from customers.models import Customer

    with database.session(theirs.tenant_id) as session:
        session.query(Customer).update({"name": "Somebody Else"})
    for path in ("/today", "/campaigns", "/calls", "/voicemail", "/customers", "/customers?q=Somebody"):
        assert "Somebody Else</a>" not in client.get(path).text, path
    assert "Nobody found" in client.get("/customers?q=Somebody").text


def test_a_page_that_is_not_for_a_role_is_not_offered_to_it(signed_in: SignIn, ours: Company) -> None:
    auditor, administrator = signed_in("auditor"), signed_in("administrator")
    running = f"/campaigns/{ours.running_id}"

    assert "/import" not in auditor.get("/today").text
    assert "/calls" not in administrator.get("/today").text
    assert "Pause" not in auditor.get(running).text
    assert f"/customers/{ours.customer_id}" not in administrator.get(running).text
    assert "Mark as done" not in auditor.get("/voicemail").text
    assert "Opt out…" not in auditor.get(f"/customers/{ours.customer_id}").text
