"""Every page of the console in a real browser: axe finds nothing, no page scrolls sideways, the content policy holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import console as console_pages
from tests.console.screens import Console, console, needs_chromium, served
from tests.console.world import Company

__all__ = ["console", "served"]
pytestmark = needs_chromium


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
