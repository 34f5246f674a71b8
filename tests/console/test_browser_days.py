"""Whole days of after-sales staff in a real browser, in both languages: the follow-up agent's, the supervisor's, the stand-in's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from aftersales import absences, calls, follow_ups, resolving, summaries
from aftersales.calls import Said
from aftersales.models import Absence, CallRecord, Case, FollowUp, Summary
from console import sessions
from console.access import COOKIE
from core.db import ALL_TENANTS, ScopedSession
from core.models import Staff, Tenant
from core.runtime import Runtime
from tests.console.screens import AXE, RUN_AXE, TAGS, needs_chromium, serving
from tests.console.world import NOW, PASSWORD, Company

pytestmark = needs_chromium
TODAY = NOW.date()
LAST_MONTH = "2026-10"
NAMES = {"after_sales": "Ann Lee", "supervisor": "Sue Park"}
BOB = "Bob Stone"
# each day is tried in one language at hand, in the other it takes long
FIRST_IN_ENGLISH = pytest.mark.parametrize("lang", ["en", pytest.param("zh", marks=pytest.mark.long)])
FIRST_IN_CHINESE = pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.long)])


@dataclass
class Department:
    """Ann, a follow-up agent, has one call for today; Bob is of the same department; Sue is their supervisor."""

    app: Flask
    company: Company
    url: str
    browser: Browser
    lang: str
    follow_up_id: int = 0
    errors: list[str] = field(default_factory=list)

    def session(self) -> ScopedSession:
        return self.runtime.database.session(ALL_TENANTS)

    @property
    def runtime(self) -> Runtime:
        found: Runtime = self.app.extensions["carillon"]
        return found

    def tenant(self, session: ScopedSession) -> Tenant:
        return session.get_one(Tenant, self.company.tenant_id)

    def named(self, session: ScopedSession, name: str) -> Staff:
        return session.scalars(
            select(Staff).where(Staff.name == name, Staff.tenant_id == self.company.tenant_id)
        ).one()

    def rows(self, model: type[Any]) -> list[Any]:
        with self.runtime.database.reading(self.company.tenant_id) as session:
            found = list(session.scalars(select(model).order_by(model.id)))
            session.expunge_all()
        return found

    def furnish(self) -> None:
        with self.session() as session:
            mine = session.scalars(select(Staff).where(Staff.tenant_id == self.company.tenant_id)).all()
            for staff in mine:
                staff.name = NAMES.get(staff.roles[0], staff.name)
                staff.language, staff.department = self.lang, "business"
            ann = next(staff for staff in mine if staff.name == NAMES["after_sales"])
            bob = Staff(
                tenant_id=self.company.tenant_id, email="bob@north.example", name=BOB, password=ann.password,
                roles=["after_sales"], language=self.lang, department="business", created_at=NOW,
            )  # fmt: skip
            session.add(bob)
            self.follow_up_id = follow_ups.promise(
                session, self.company.tenant_id, "first", step="first", customer_id=self.company.customer_id,
                earliest_on=TODAY, due_on=TODAY, owner_id=ann.id,
            ).id  # fmt: skip

    def sign_in(self, email: str) -> Page:
        """The first page of somebody's day."""
        token = sessions.sign_in(self.runtime.database, email, PASSWORD, 5 * sessions.IDLE)
        context = self.browser.new_context(
            viewport={"width": 1280, "height": 900},
            locale="zh-CN" if self.lang == "zh" else "en-GB",
            base_url=self.url,
        )
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": COOKIE, "value": token or "", "url": self.url}])
        page = context.new_page()
        page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.go(page, "/today")
        return page

    def go(self, page: Page, path: str) -> None:
        """Another page, looked at."""
        page.goto(path)
        self.look(page)

    def click(self, page: Page, button: str) -> None:
        """Go where a link or a button leads, and look."""
        with page.expect_navigation():
            page.click(button)
        self.look(page)

    def look(self, page: Page) -> None:
        """Nothing is wrong with the page, and it speaks the reader's language."""
        page.evaluate(AXE)
        assert page.evaluate(RUN_AXE, TAGS) + self.errors == [], page.url
        assert page.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-CN"}[self.lang]
        assert any("一" <= sign <= "鿿" for sign in page.inner_text("h1")) is (self.lang == "zh")


@pytest.fixture
def department(app: Flask, ours: Company, browser: Browser, lang: str) -> Iterator[Department]:
    with serving(app) as url:
        found = Department(app, ours, url, browser, lang)
        found.furnish()
        yield found
        for context in browser.contexts:
            context.close()


def put_on_record(page: Page, points: str, **chosen: str) -> None:
    """Fill in the form of a call."""
    page.fill("#points", points)
    for name, value in chosen.items():
        page.select_option(f"#{name}", value)


@FIRST_IN_CHINESE
def test_a_follow_up_agent_s_day_from_the_call_to_the_satisfied_customer(department: Department) -> None:
    page = department.sign_in(department.company.email("after_sales"))
    department.click(page, f"#follow-up-{department.follow_up_id} a")
    page.check("input[name=blocks][value=usage]")
    put_on_record(
        page, "刹车有异响 The brakes squeal.", outcome="reached", demand="complaint", reply="pending", satisfaction="2"
    )  # fmt: skip
    department.click(page, "form[action$='/record'] button.primary")
    department.click(page, "a[href^='/cases/']")
    page.fill("#text-solve", "A shim was missing; we put it in.")
    department.click(page, "form[action$='/solve'] button.primary")

    department.go(page, "/today")
    [_, solution, *_] = department.rows(FollowUp)
    assert (solution.step, solution.due_on) == ("solution", TODAY), "the customer is told on the same day"
    department.click(page, f"#follow-up-{solution.id} a")
    put_on_record(page, "Told, and pleased.", outcome="reached", satisfaction="5")
    department.click(page, "form[action$='/record'] button.primary")
    department.click(page, "a[href^='/cases/']")
    department.click(page, "form[action$='/close'] button.primary")

    [case] = department.rows(Case)
    assert (case.state, case.outcome, case.same_day_impossible) == ("closed", "satisfied", False)
    made = [one for one in department.rows(FollowUp) if one.state == "done"]
    assert [(one.step, one.is_on_time) for one in made] == [("first", True), ("solution", True)]
    assert [one.satisfaction for one in department.rows(CallRecord)] == [2, 5]


@FIRST_IN_ENGLISH
def test_a_supervisor_s_day_from_the_assignments_to_the_signed_report(department: Department) -> None:
    case_id, summary_id = _month_behind(department)
    page = department.sign_in(department.company.email("supervisor"))
    department.go(page, "/follow-ups")
    page.check(f"#follow-up-{department.follow_up_id} input[name=id]")
    page.select_option("#owner_id", label=f"{BOB} · bob@north.example")
    department.click(page, "form[action$='/assign'] button")

    department.go(page, "/cases")
    department.click(page, f"a[href='/cases/{case_id}']")
    page.fill("#text-solve", "We pay for the towing.")
    department.click(page, "form[action$='/solve'] button.primary")

    department.go(page, "/absences")
    page.select_option(
        "#staff_id", label=f"Ann Lee · {_business(page)} · {department.company.email('after_sales')}"
    )
    page.fill("#first_on", str(TODAY))
    page.fill("#last_on", str(TODAY + timedelta(days=2)))
    page.select_option("#delegate_id", label=f"{BOB} · {_business(page)} · bob@north.example")
    department.click(page, "form[action='/absences'] button.primary")
    assert BOB in page.inner_text("tbody")

    department.go(page, "/summaries")
    department.click(page, f"a[href='/summaries/{summary_id}']")
    page.fill("#words", "十月平稳。A quiet month.")
    page.fill("#meeting_on", str(TODAY))
    department.click(page, "form[action$='/edit'] button:not(.primary)")
    department.click(page, "form[action$='/edit'] button.primary")
    assert not page.query_selector("#words"), "a signed report cannot be written in"

    department.go(page, f"/registers/records?period={LAST_MONTH}")
    with page.expect_download() as saved:
        page.click("a[href*='.csv']")
    assert "Towed twice." in saved.value.path().read_text(encoding="utf-8-sig")

    [given, *_] = department.rows(FollowUp)
    with department.session() as session:
        bob, ann = department.named(session, BOB).id, department.named(session, "Ann Lee").id
    assert given.owner_id == bob
    assert next(each for each in department.rows(Case) if each.id == case_id).state == "solved"
    assert [(each.staff_id, each.delegate_id) for each in department.rows(Absence)] == [(ann, bob)]
    [report] = department.rows(Summary)
    assert (report.state, report.signed_by) == ("signed", department.company.email("supervisor"))


def _business(page: Page) -> str:
    """The department's name as the list of people says it."""
    return page.inner_text("#staff_id option >> nth=0").split(" · ")[1]


def _month_behind(department: Department) -> tuple[int, int]:
    """A case of last month that came before the supervisor, and last month's report as it was drafted; their ids."""
    then = NOW - timedelta(days=40)
    with department.session() as session:
        tenant = department.tenant(session)
        said = Said(points="Towed twice.", demand="complaint", reply="pending")
        calls.record(
            session, tenant, said, direction="in", who="ann", customer_id=department.company.customer_id, at=then
        )  # fmt: skip
        case = session.scalars(select(Case)).one()
        case.opened_at = then
        resolving.put_before_supervisor(session, case, then + timedelta(days=3), "escalate")
    with department.runtime.database.session(department.company.tenant_id) as session:
        summaries.draft_due(session, department.tenant(session), NOW)
        return case.id, session.scalars(select(Summary.id)).one()


@FIRST_IN_CHINESE
def test_a_stand_in_s_day_keeps_the_promise_of_somebody_else_under_both_names(
    department: Department,
) -> None:
    with department.session() as session:
        tenant = department.tenant(session)
        starts_at, ends_at = absences.span(tenant, TODAY, TODAY + timedelta(days=2))
        ann, bob = department.named(session, "Ann Lee").id, department.named(session, BOB).id
        absences.enter(
            session, tenant, staff_id=ann, starts_at=starts_at, ends_at=ends_at, delegate_id=bob, who="sue"
        )
    page = department.sign_in("bob@north.example")
    department.click(page, f"#follow-up-{department.follow_up_id} a")
    put_on_record(page, "Runs well.", outcome="reached", satisfaction="4")
    department.click(page, "form[action$='/record'] button.primary")
    assert all(name in page.inner_text("main") for name in (BOB, "Ann Lee")), "so does the follow-up"
    [record] = department.rows(CallRecord)
    department.go(page, f"/registers/records/{record.id}")
    assert all(name in page.inner_text("main") for name in (BOB, "Ann Lee")), "the record names both"

    [kept, *_] = department.rows(FollowUp)
    assert (kept.state, kept.owner_id, kept.done_by_id) == ("done", ann, bob)
    assert (record.agent_id, record.for_id) == (bob, ann)
