"""The whole way from an empty page to a launch in a real browser: write, rehearse, test, ask, approve by another person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from sqlalchemy import select, update

from broadcast.models import Campaign
from broadcast.rehearsal import jobs
from console import sessions
from console.access import COOKIE
from core import clock
from core.models import Tenant
from outbound.models import Delivery, Sender
from tests.console.screens import Console, needs_chromium, served, until
from tests.console.world import NOW, PASSWORD

__all__ = ["served"]
pytestmark = needs_chromium
DOCUMENT = """name: Spring check {lang}
purpose: service
channel: sms
audience: {{segment: {{tags: [fleet]}}}}
message:
  en: {{text: "Hello {{{{ name }}}}, your {{{{ model }}}} is due ({lang})."}}
"""


@pytest.fixture
def console(served: Console) -> Iterator[Console]:
    clock.freeze(NOW)
    served.errors.clear()
    with served.app.extensions["carillon"].database.session(served.ours.tenant_id) as session:
        terms = {
            "prices": {"currency": "CNY", "sms": {"+": "0.05"}},
            "launch": {"second_person_above": {"recipients": 0}},
        }
        session.execute(update(Tenant).where(Tenant.id == served.ours.tenant_id).values(settings=terms))
        if not session.scalar(select(Sender.id).where(Sender.channel == "sms")):
            session.add(
                Sender(
                    tenant_id=served.ours.tenant_id,
                    channel="sms",
                    address="+8640082099999",
                    rate_per_s=1.0,
                    next_at=NOW,
                )
            )
    yield served
    served.rest()


def as_marketing(console: Console, lang: str, width: int) -> Page:
    """A second person's browser."""
    database = console.app.extensions["carillon"].database
    token = sessions.sign_in(database, console.ours.email("marketing"), PASSWORD, 5 * sessions.IDLE)
    context = console.browser.new_context(
        viewport={"width": width, "height": 900},
        locale="zh-CN" if lang == "zh" else "en-GB",
        color_scheme="dark" if lang == "zh" else "light",
        base_url=console.url,
    )
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": COOKIE, "value": token or "", "url": console.url}])
    return context.new_page()


def rehearse(console: Console) -> None:
    jobs.rehearse(console.app.extensions["carillon"], None)  # type: ignore[arg-type]  # it needs no pool


def code_of(console: Console) -> str:
    with console.app.extensions["carillon"].database.session(console.ours.tenant_id) as session:
        found = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
        assert found
        return str(found.variables["code"])


def state_of(console: Console, name: str) -> str:
    with console.app.extensions["carillon"].database.session(console.ours.tenant_id) as session:
        return str(session.scalars(select(Campaign.state).where(Campaign.name == name)).one())


@pytest.mark.parametrize(("lang", "width"), [pytest.param("en", 1440, marks=pytest.mark.long), ("zh", 390)])
def test_from_an_empty_page_to_a_launch(console: Console, lang: str, width: int) -> None:
    console.open("/today", lang=lang).close()  # everybody reads this language now
    page = as_marketing(console, lang, width)

    page.goto("/campaigns")
    page.click("#new")
    page.fill("#text", DOCUMENT.format(lang=lang).replace("sms", "pigeon"))
    page.click("#save")
    page.wait_for_selector("#line-3.bad")
    assert [fault for fault in console.faults(page) if "422" not in fault] == []

    page.fill("#text", DOCUMENT.format(lang=lang))
    page.click("#save")
    page.wait_for_url("**/before")
    rehearse(console)
    until(page, "document.querySelector('#before').dataset.rehearsal === 'done'")
    assert "Hello Chen Jie, your Ranger 2.0 is due" in page.inner_text("article.message .bubble")
    assert console.faults(page) == []

    if not page.query_selector("article.message form"):
        page.fill("#number", "138 1111 9999")
        page.click(".add-number button")
        page.wait_for_selector("input.code")
        page.fill("input.code", code_of(console))
        page.press("input.code", "Enter")
        page.wait_for_selector("article.message form")
    page.click("article.message form button")
    page.wait_for_selector("#tests .line li")

    page.click("#launch-form button")
    assert page.inner_text("#launch-targeted").startswith("1")
    assert page.evaluate("document.activeElement.hasAttribute('data-close')")
    assert console.faults(page) == []
    page.click("#start-now")
    page.wait_for_selector("#h-approval")
    assert page.query_selector("#approve") is None, "whoever asks does not approve"
    assert state_of(console, f"Spring check {lang}") == "waiting"

    other = console.open(page.url.removeprefix(console.url), lang=lang, width=width)
    assert console.faults(other) == []
    other.click("#approve")
    other.wait_for_selector("#live")
    assert state_of(console, f"Spring check {lang}") == "preparing"
    page.context.close()
