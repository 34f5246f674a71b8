"""The console served to a real browser, and what is looked at on every page of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from sqlalchemy import update
from werkzeug.serving import WSGIRequestHandler, make_server

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

needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is missing: apt-get install chromium"),
]


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """No line per request."""


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application at an address of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


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
        page.on("console", lambda said: self._note(page, said))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def _note(self, page: Page, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning") and not page.url.endswith(AT_REST):
            self.errors.append(said.text)

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
def served(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Console]:
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
    with serving(app) as url:
        console = Console(app, ours, url, browser, token or "")
        yield console
        for context in console.contexts.values():
            context.close()
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
