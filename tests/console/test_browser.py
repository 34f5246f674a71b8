"""The console in a real browser: axe finds nothing, no page scrolls sideways, the content policy holds, buttons work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import update
from werkzeug.serving import WSGIRequestHandler, make_server

import console as console_pages
from app import create_app
from console import sessions
from console.access import COOKIE
from core import clock
from core.config import load
from core.db import ALL_TENANTS, Base
from core.models import Staff
from tests.console.orders import add_orders, add_slots
from tests.console.world import NOW, PASSWORD, Company, build

CHROMIUM = Path("/usr/bin/chromium")
AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()
AT_REST = "/healthz"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
]
RUN_AXE = """async tags => (await axe.run(document, {runOnly: {type: 'tag', values: tags}})).violations
    .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', '))"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is missing: apt-get install chromium"),
]


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """No line per request."""


@dataclass
class Console:
    """A served console and a browser to look at it with."""

    app: Flask
    ours: Company
    url: str
    browser: Browser
    token: str
    errors: list[str] = field(default_factory=list)
    contexts: dict[tuple[str, str, int], BrowserContext] = field(default_factory=dict)

    def open(
        self,
        path: str,
        *,
        lang: str = "en",
        theme: str = "light",
        width: int = 1440,
        is_signed_in: bool = True,
    ) -> Page:
        """A page as a supervisor who administers, too, sees it, or somebody who is not signed in."""
        with self.app.extensions["carillon"].database.session(ALL_TENANTS) as session:
            session.execute(update(Staff).values(language=lang))
        look = (lang, theme, width)
        if not is_signed_in:
            context = self._context(*look)
        else:
            if look not in self.contexts:
                self.contexts[look] = self._context(*look)
                self.contexts[look].add_cookies([{"name": COOKIE, "value": self.token, "url": self.url}])
            context = self.contexts[look]
        page = next((one for one in context.pages if one.url.endswith(AT_REST)), None) or self._page(context)
        page.goto(path)
        return page

    def _page(self, context: BrowserContext) -> Page:
        page = context.new_page()
        page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def rest(self) -> None:
        """Leave a page of each look for the next test, at rest: a new one is a new process."""
        for context in self.browser.contexts:
            if context not in self.contexts.values():
                context.close()
                continue
            for number, page in enumerate(context.pages):
                if number:
                    page.close()
                else:
                    page.goto(AT_REST)

    def _context(self, lang: str, theme: str, width: int) -> BrowserContext:
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            locale="zh-CN" if lang == "zh" else "en-GB",
            base_url=self.url,
        )
        context.set_default_timeout(60_000)
        return context

    def faults(self, page: Page) -> list[str]:
        """What axe, the console and a sideways scroll have against *page*."""
        page.evaluate(AXE)
        found: list[str] = page.evaluate(RUN_AXE, TAGS)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append("scrolls sideways")
        return found + self.errors


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("console")
    clock.freeze(NOW)
    app = create_app(load(database_url=f"sqlite:///{folder / 'console.db'}", state_dir=folder), carriers={})
    runtime = app.extensions["carillon"]
    Base.metadata.create_all(runtime.database.engine)
    ours, _ = build(runtime.database)
    add_orders(app, ours)
    add_slots(app, ours)
    with runtime.database.session(ALL_TENANTS) as session:  # who sees every page of the rail
        both = {"roles": ["supervisor", "administrator"]}
        session.execute(update(Staff).where(Staff.email == ours.email("supervisor")).values(**both))
    token = sessions.sign_in(runtime.database, ours.email("supervisor"), PASSWORD, 5 * sessions.IDLE)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield Console(app, ours, f"http://127.0.0.1:{server.port}", browser, token or "")
        browser.close()
    server.shutdown()
    thread.join()
    server.server_close()
    runtime.spool.close()
    runtime.database.close()
    clock.freeze(None)


@pytest.fixture
def console(served: Console) -> Iterator[Console]:
    clock.freeze(NOW)
    served.errors.clear()
    yield served
    served.rest()


def until(page: Page, is_so: str) -> None:
    """Wait for a condition in the page; wait_for_function would be stopped by the content policy."""
    for _ in range(1_200):
        if page.evaluate(is_so):
            return
        page.wait_for_timeout(25)
    raise AssertionError(is_so)


def at(address: str) -> Callable[[Company], str]:
    return lambda ours: address


# every page of the rail, and what hangs on them
PAGES: dict[str, Callable[[Company], str]] = {
    **{page.NAV.endpoint: at(page.bp.url_prefix or "/") for page in console_pages.PAGES},
    "sign-in": lambda ours: "/sign-in",
    "running": lambda ours: f"/campaigns/{ours.running_id}",
    "finished": lambda ours: f"/campaigns/{ours.finished_id}",
    "stop": lambda ours: f"/campaigns/{ours.running_id}/cancel",
    "hours": lambda ours: f"/campaigns/{ours.running_id}/hours",
    "unknown": lambda ours: f"/campaigns/{ours.running_id}/unknown",
    "call": lambda ours: f"/calls/{ours.call_id}",
    "people": lambda ours: f"/campaigns/{ours.running_id}/people?q=K-",
    "nobody": lambda ours: "/customers?q=nobody",
    "customer": lambda ours: f"/customers/{ours.customer_id}",
    "opt-out": lambda ours: f"/customers/{ours.customer_id}/opt-out",
    "work-order": lambda ours: "/work-orders/1",
    "appointment": lambda ours: "/appointments/1",
    "book": lambda ours: f"/appointments/book?slot=2&customer={ours.customer_id}",
    "event": lambda ours: "/events/new",
    "letter": lambda ours: f"/customers/{ours.customer_id}/letter",
    "new-order": lambda ours: f"/customers/{ours.customer_id}/work-order",
    "vehicle": lambda ours: "/vehicles/1",
    "another-vehicle": lambda ours: f"/customers/{ours.customer_id}/vehicle",
    "erase": lambda ours: f"/customers/{ours.customer_id}/erase",
    "file": lambda ours: "/files/1",
}


LOOKS = (("en", "light", 1440), ("zh", "dark", 390))


def _looks() -> Iterator[Any]:
    """Every page with each look; those at hand are tried with one of them, the others take long."""
    for position, name in enumerate(PAGES):
        for number, look in enumerate(LOOKS):
            marks = [pytest.mark.long] if (position + number) % 2 else []
            yield pytest.param(name, look, id=f"{name}-{look[0]}-{look[2]}", marks=marks)


@pytest.mark.parametrize(("name", "look"), [*_looks()])
def test_a_page_is_accessible_and_fits(console: Console, name: str, look: tuple[str, str, int]) -> None:
    lang, theme, width = look
    path = PAGES[name](console.ours)
    page = console.open(path, lang=lang, theme=theme, width=width, is_signed_in=name != "sign-in")

    assert console.faults(page) == []
    assert page.evaluate("document.documentElement.lang") == ("zh-CN" if lang == "zh" else "en")


def test_an_error_page_is_accessible(console: Console) -> None:
    page = console.open("/campaigns/99999")

    assert [fault for fault in console.faults(page) if "404" not in fault] == []


def test_signing_in_leads_to_the_page_asked_for(console: Console) -> None:
    page = console.open("/calls", is_signed_in=False)
    page.fill("#email", console.ours.email("supervisor"))
    page.fill("#password", "wrong password here")
    page.keyboard.press("Enter")
    page.wait_for_selector(".errsum")
    assert [fault for fault in console.faults(page) if "422" not in fault] == []

    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls")


def test_pausing_and_resuming_on_the_live_page(console: Console) -> None:
    page = console.open(f"/campaigns/{console.ours.running_id}")

    page.click("#toggle")
    until(page, "document.querySelector('#live').dataset.state === 'paused'")
    assert "Resume" in page.inner_text("#toggle")
    assert page.evaluate("document.activeElement.id") == "toggle"
    assert "Paused." in page.inner_text("#toast")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#live').dataset.state === 'running'")
    assert console.faults(page) == []


def test_a_change_by_a_colleague_arrives_by_itself(console: Console) -> None:
    mine = console.open(f"/campaigns/{console.ours.running_id}")
    theirs = console.open(f"/campaigns/{console.ours.running_id}")

    theirs.click("#toggle")
    until(theirs, "document.querySelector('#live').dataset.state === 'paused'")
    until(mine, "document.querySelector('#live').dataset.state === 'paused'")
    theirs.click("#toggle")
    until(theirs, "document.querySelector('#live').dataset.state === 'running'")
    assert console.errors == []


def test_the_stop_dialog_keeps_the_safe_answer_in_focus(console: Console) -> None:
    page = console.open(f"/campaigns/{console.ours.running_id}", lang="zh")

    page.click("#cancel-form button")
    assert page.inner_text("#left") == "3"
    assert page.evaluate("document.activeElement.textContent") == "继续发送"
    assert console.faults(page) == []
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.dialog") == "cancel-dlg"
    assert page.get_attribute("#live", "data-state") == "running"


def test_the_theme_changes_at_once_and_stays(console: Console) -> None:
    page = console.open("/today", width=1280)

    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert page.get_attribute("#theme", "aria-pressed") == "true"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_switching_the_language_stays_on_the_page(console: Console) -> None:
    page = console.open("/calls?direction=in")

    page.click("button[name=language]")
    page.wait_for_url("**/calls?direction=in")
    assert page.inner_text("h1") == "通话"


def test_a_slash_leads_to_the_search(console: Console) -> None:
    page = console.open("/today")
    page.keyboard.press("/")
    page.keyboard.type("王")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers?q=*")

    assert page.inner_text("tbody th") == "王芳"


def test_a_message_without_a_note_is_sent_back_to_its_field(console: Console) -> None:
    page = console.open("/voicemail")
    field_of = f"#note-{console.ours.message_id}"

    page.press(field_of, "Enter")
    page.wait_for_selector(".errsum")
    assert page.get_attribute(field_of, "aria-invalid") == "true"
    assert [fault for fault in console.faults(page) if "422" not in fault] == []


def test_a_file_is_checked_in_the_browser(console: Console, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("name,mobile,notes\nSun Qian,13911110009,VIP\nZhao Lei,138112,\n", encoding="utf-8")
    page = console.open("/import", lang="zh", width=390)

    page.set_input_files("#file", file)
    page.click("form .btn.primary")
    page.wait_for_selector("td.err")
    assert console.faults(page) == []


def test_without_scripts_the_same_buttons_lead_to_pages(console: Console) -> None:
    context = console.browser.new_context(java_script_enabled=False, base_url=console.url)
    context.add_cookies([{"name": COOKIE, "value": console.token, "url": console.url}])
    page = context.new_page()
    path = f"/campaigns/{console.ours.running_id}"

    page.goto(path)
    page.click("#toggle")
    assert page.get_attribute("#live", "data-state") == "paused"
    page.click("#toggle")
    assert page.get_attribute("#live", "data-state") == "running"
    page.click("#cancel-form button")
    assert page.url.endswith(f"{path}/cancel?") or page.url.endswith(f"{path}/cancel")
    page.click("form:has([data-close]) button")
    assert page.get_attribute("#live", "data-state") == "running"
