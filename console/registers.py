"""Registers: what is kept of a month or a year, on screen, on paper and as a table for a spreadsheet (R-50)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import get_locale, lazy_gettext
from sqlalchemy.orm import Session

from aftersales import paper, settings
from aftersales.models.documents import POST_CAUSES
from aftersales.registers import Period, period
from console.access import allowed, staff
from console.nav import Entry
from console.register_forms import FORMS, Form
from console.web import day
from core import audit, clock
from core.errors import Invalid, NotFound
from core.runtime import runtime
from customers.importing.rejects import guarded

# whole numbers and letters are on these forms: they are for those who keep them
KEEPERS = ("after_sales", "supervisor", "auditor")
PER_PAGE = 200
KINDS = f"any({', '.join(FORMS)})"

bp = Blueprint("registers", __name__, url_prefix="/registers")
NAV = Entry("after_sales", "history", lazy_gettext("Registers"), "registers.home")


@bp.get("")
@allowed(*KEEPERS)
def home() -> str:
    """The register of calls of this month."""
    return _screen("calls")


@bp.get(f"/<{KINDS}:kind>")
@allowed(*KEEPERS)
def index(kind: str) -> str:
    """One form's entries of a period."""
    return _screen(kind)


@bp.get(f"/<{KINDS}:kind>.<any(pdf, csv):suffix>")
@allowed(*KEEPERS)
def whole(kind: str, suffix: str) -> Response:
    """Every entry of a period as a file; that it was taken out is on record."""
    form, over = FORMS[kind], _period()
    with runtime().database.session(staff().tenant_id) as session:
        audit.record(
            session, staff().tenant_id, staff().email, "register_taken", f"register:{kind}", period=over.name
        )
    with runtime().database.reading(staff().tenant_id) as session:
        body = _csv(session, form, over) if suffix == "csv" else _pdf(session, form, over)
    return _file(body, suffix, f"{kind}-{over.name}")


@bp.get(f"/<{KINDS}:kind>/<int:entry_id>")
@allowed(*KEEPERS)
def show(kind: str, entry_id: int) -> str:
    """One entry with every field."""
    form = FORMS[kind]
    with runtime().database.reading(staff().tenant_id) as session:
        entry = _entry(session, form, entry_id)
        return render_template(
            "register_entry.html",
            form=form,
            kind=kind,
            entry_id=entry_id,
            entry=entry,
            facts=_facts(form, entry),
            post_causes=POST_CAUSES,
        )


@bp.get(f"/<{KINDS}:kind>/<int:entry_id>.pdf")
@allowed(*KEEPERS)
def sheet(kind: str, entry_id: int) -> Response:
    """One entry on paper."""
    form = FORMS[kind]
    with runtime().database.reading(staff().tenant_id) as session:
        facts = paper.Facts(str(form.title), _facts(form, _entry(session, form, entry_id)))
    return _file(_printed(facts, ""), "pdf", f"{kind}-{entry_id}")


def _screen(kind: str) -> str:
    form, over, leaf = FORMS[kind], _period(), max(request.args.get("page", 0, type=int), 0)
    with runtime().database.reading(staff().tenant_id) as session:
        start = min(leaf, 10_000) * PER_PAGE
        rows = list(islice(_rows(session, form, over), start, start + PER_PAGE + 1))
    return render_template(
        "registers.html",
        forms=FORMS,
        form=form,
        kind=kind,
        over=over,
        rows=rows[:PER_PAGE],
        has_more=len(rows) > PER_PAGE,
        leaf=leaf,
    )


def _period() -> Period:
    days = settings.days_of(staff().tenant)
    name = request.args.get("period", "").strip()
    try:
        return period(days, name or f"{days.on(clock.now()):%Y-%m}")
    except Invalid:
        raise Invalid("bad_period", "enter a month such as 2026-03, or a year such as 2026") from None


def _rows(session: Session, form: Form, over: Period) -> Iterator[list[str]]:
    for entry in form.entries(session, over):
        yield [column.text(entry) for column in form.listed]


def _entry(session: Session, form: Form, entry_id: int) -> Any:
    if form.one is None:
        raise NotFound("no_entry", "there is no form for a single entry")
    return form.one(session, entry_id)


def _facts(form: Form, entry: Any) -> list[tuple[str, str]]:
    return [(str(column.heading), column.text(entry)) for column in form.columns]


def _csv(session: Session, form: Form, over: Period) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([str(column.heading) for column in form.columns])
    for entry in form.entries(session, over):
        writer.writerow([guarded(column.text(entry)) for column in form.columns])
    # spreadsheets take a file without the mark for another encoding
    return text.getvalue().encode("utf-8-sig")


def _pdf(session: Session, form: Form, over: Period) -> bytes:
    table = paper.Table(
        f"{form.title} · {over.name}",
        [str(column.heading) for column in form.listed],
        [column.share for column in form.listed],
        _rows(session, form, over),
    )
    return _printed(table, f"{day(over.first)} – {day(over.last)}")


def _printed(form: paper.Facts | paper.Table, foot: str) -> bytes:
    return paper.to_pdf(
        form, staff().tenant.name, str(get_locale()), f"{staff().tenant.name}  {foot}".strip()
    )


def _file(body: bytes, suffix: str, name: str) -> Response:
    types = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}
    answer = Response(body, content_type=types[suffix])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return answer
