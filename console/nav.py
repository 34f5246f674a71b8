"""The rail at the left: pages by job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask_babel import LazyString, lazy_gettext

from console.access import may

GROUPS = {
    "": "",
    "outreach": lazy_gettext("Outreach"),
    "hotline": lazy_gettext("Hotline"),
    "after_sales": lazy_gettext("After-sales"),
    "customers": lazy_gettext("Customers"),
    "company": lazy_gettext("Company"),
}


@dataclass(frozen=True)
class Entry:
    """A page's place in the rail. *endpoint* without the blueprint's `console.`."""

    group: str
    icon: str
    label: LazyString
    endpoint: str

    @property
    def full_endpoint(self) -> str:
        """The endpoint as url_for() takes it."""
        return f"console.{self.endpoint}"


def rail(entries: Iterable[Entry]) -> Iterator[tuple[str | LazyString, list[Entry]]]:
    """What the person who is signed in may open, group by group."""
    open_to_them = [entry for entry in entries if may(entry.full_endpoint)]
    for group, title in GROUPS.items():
        if inside := [entry for entry in open_to_them if entry.group == group]:
            yield title, inside
