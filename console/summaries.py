"""Summaries of a month or a year: figures counted, words written, signed for good (R-54)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from aftersales import archive, paper, summaries
from aftersales.models import Summary
from console.access import READERS, allowed, staff
from console.care_words import CASE_KINDS, CLOSINGS, DEMANDS, FOLLOW_UPS, LETTERS, OUTCOMES
from console.languages import refusal
from console.nav import Entry
from console.web import day, go
from console.words import DIRECTIONS, word
from core.errors import Conflict, Invalid
from core.runtime import runtime

bp = Blueprint("summaries", __name__, url_prefix="/summaries")
NAV = Entry("after_sales", "shield-check", lazy_gettext("Summaries"), "summaries.index")


@bp.get("")
@allowed(*READERS)
def index() -> str:
    """Every summary, the latest first."""
    with runtime().database.reading(staff().tenant_id) as session:
        return render_template("summaries.html", rows=summaries.all_of(session))


@bp.get("/<int:summary_id>")
@allowed(*READERS)
def show(summary_id: int) -> Response:
    """One summary: its figures, its words, its signature."""
    with runtime().database.reading(staff().tenant_id) as session:
        return _page(session, summary_id)


@bp.post("/<int:summary_id>/<any(edit, sign):pen>")
@allowed("supervisor")
def change(summary_id: int, pen: str) -> BaseResponse:
    """Save the words, or sign what was saved."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            found = summaries.get(session, summary_id)
            summaries.edit(
                session, staff().tenant, found, request.form.get("words", ""), _met_on(), staff().email
            )
            if pen == "sign":
                summaries.sign(session, staff().tenant, found, _pdf(found), staff().email)
    except (Invalid, Conflict) as error:
        with runtime().database.reading(staff().tenant_id) as session:
            return _page(session, summary_id, error.status, refusal(error))
    return go(url_for(".show", summary_id=summary_id))


@bp.get("/<int:summary_id>.pdf")
@allowed(*READERS)
def document(summary_id: int) -> Response:
    """The summary as it was signed, to the byte; a draft as it stands."""
    with runtime().database.reading(staff().tenant_id) as session:
        found = summaries.get(session, summary_id)
        body = archive.find(session, found.sha256).content if found.sha256 else _pdf(found)
        name = found.period
    answer = Response(body, content_type=summaries.PDF)
    answer.headers["Content-Disposition"] = f'attachment; filename="summary-{name}.pdf"'
    return answer


def told(figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The figures in words, a line each."""
    files, calls, cases = figures["files"], figures["calls"], figures["cases"]
    yield (
        _("Files opened"),
        _(
            "%(all)s, complete %(complete)s, late %(late)s",
            all=files["opened"],
            complete=files["complete"],
            late=files["late"],
        ),
    )
    for step, counts in figures["follow_ups"].items():
        text = _(
            "%(due)s due, %(made)s made, %(kept)s in time",
            due=counts["due"],
            made=counts["made"],
            kept=counts["in_time"],
        )
        yield word(FOLLOW_UPS, step), text
    yield _("Calls"), _counted(DIRECTIONS, calls["direction"])
    yield _("How they ended"), _counted(OUTCOMES, calls["outcome"])
    yield _("What came up"), _counted(DEMANDS, calls["demand"])
    if calls["rated"]:
        mean = f"{calls['score'] / calls['rated']:.2f}"
        yield (
            _("Satisfied, 1 to 5"),
            _("%(mean)s on average of %(count)s who said", mean=mean, count=calls["rated"]),
        )
    yield _("Cases opened"), _counted(CASE_KINDS, cases["opened"])
    yield _("Cases closed"), _counted(CLOSINGS, cases["closed"])
    yield _("Put before a supervisor"), str(cases["escalated"])
    yield _("Same day was impossible"), str(cases["not_same_day"])
    yield _("Open at the end"), str(cases["open_at_end"])
    yield _("Letters"), _counted(LETTERS, figures["letters"])
    for agent in figures["agents"]:
        text = _(
            "%(calls)s calls made; %(due)s follow-ups due, %(kept)s in time",
            calls=agent["calls"],
            due=agent["due"],
            kept=agent["in_time"],
        )
        yield agent["name"], text


def _counted(words: Any, counts: dict[str, int]) -> str:
    return ", ".join(f"{word(words, code)} {count}" for code, count in counts.items()) or "0"


def _pdf(summary: Summary) -> bytes:
    facts = [*told(summary.figures), ("", summary.words)]
    if summary.meeting_on:
        facts.append((_("Discussed in the department on"), day(summary.meeting_on)))
    title = _("Summary of after-sales service, %(period)s", period=summary.period)
    return paper.to_pdf(
        paper.Facts(title, facts), staff().tenant.name, str(get_locale()), staff().tenant.name
    )


def _met_on() -> date | None:
    text = request.form.get("meeting_on", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("bad_day", "enter a day, such as 2026-12-24") from None


def _page(session: Session, summary_id: int, status: int = 200, said: str = "") -> Response:
    found = summaries.get(session, summary_id)
    page = render_template(
        "summary.html",
        s=found,
        told=list(told(found.figures)),
        said=said,
        words=request.form.get("words", found.words),
        meeting_on=request.form.get("meeting_on", found.meeting_on or ""),
        max_words=summaries.MAX_WORDS,
    )
    return make_response(page, status)
