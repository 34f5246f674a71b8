"""Letters: entering one that went by post, saying what became of it, seeing a fax as it was sent."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from aftersales import due_lists, fax_letters, letters, settings, written
from aftersales.models import Letter
from aftersales.models.documents import LETTER_KINDS
from broadcast import posting as broadcast
from console import forms
from console.access import allowed, staff
from console.nav import Entry
from console.registers import KEEPERS as READERS
from console.web import go
from console.work_orders import KEEPERS
from core import clock
from core.db import ScopedSession
from core.errors import Conflict, Invalid, NotFound
from core.runtime import runtime
from customers import queries as customers

bp = Blueprint("letters", __name__)
NAV = Entry("after_sales", "mail", _l("Letters to post"), "letters.index")


@bp.get("/customers/<int:customer_id>/letter")
@allowed(*KEEPERS)
def ask(customer_id: int) -> Response:
    """The form for a letter that was posted."""
    with runtime().database.reading(staff().tenant_id) as session:
        return _page(session, customer_id)


@bp.post("/customers/<int:customer_id>/letter")
@allowed(*KEEPERS)
def post(customer_id: int) -> BaseResponse:
    """Enter it into the register."""
    form = request.form
    try:
        with runtime().database.session(staff().tenant_id) as session:
            customers.get(session, customer_id)
            letters.post(
                session, staff().tenant, customer_id=customer_id, kind=form.get("kind", ""),
                subject=form.get("subject", ""), sent_on=_day(form.get("sent_on", "")), sender=form.get("sender", ""),
                proof=form.get("proof", ""), address=form.get("address", ""), case_id=form.get("case_id", type=int),
                who=staff().email,
            )  # fmt: skip
    except Invalid as error:
        with runtime().database.reading(staff().tenant_id) as session:
            return _page(session, customer_id, error.status, forms.told(error))
    return go(url_for("console.registers.index", kind="letters", period=form.get("sent_on", "")[:7]))


@bp.post("/letters/<int:letter_id>/<any(arrived, came_back):arrival>")
@allowed(*KEEPERS)
def tell(letter_id: int, arrival: str) -> BaseResponse:
    """There is word of a letter that was posted."""
    with runtime().database.session(staff().tenant_id) as session:
        found = letters.get(session, letter_id)
        if arrival == "arrived":
            letters.arrived(session, found, staff().email)
        else:
            letters.came_back(session, found, request.form.get("cause", ""), staff().email)
    return go(url_for("console.registers.show", kind="letters", entry_id=letter_id))


@bp.get("/letters")
@allowed(*READERS)
def index() -> Response:
    """Letters that wait to be posted."""
    return _list()


@bp.post("/letters/<int:letter_id>/<any(posted, not_posted):posting>")
@allowed(*KEEPERS)
def dispatch(letter_id: int, posting: str) -> BaseResponse:
    """It was posted, or is not to be after all."""
    form = request.form
    try:
        with runtime().database.session(staff().tenant_id) as session:
            found = letters.get(session, letter_id)
            if posting == "not_posted":
                letters.not_posted(session, found, staff().email)
            else:
                letters.posted(
                    session, staff().tenant, found, sent_on=_day(form.get("sent_on", "")), sender=form.get("sender", ""),
                    proof=form.get("proof", ""), pdf=_printed(session, found), who=staff().email,
                )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _list(error.status, letter_id, forms.told(error))
    return go(url_for(".index"))


@bp.get("/letters/<int:letter_id>/print.pdf")
@allowed(*KEEPERS)
def sheet(letter_id: int) -> Response:
    """A letter that waits, to be printed."""
    with runtime().database.reading(staff().tenant_id) as session:
        pdf = _to_print(session, letters.get(session, letter_id))
    return _pdf(pdf, letter_id)


@bp.get("/letters/<int:letter_id>.pdf")
@allowed(*READERS)
def fax(letter_id: int) -> Response:
    """A letter as it was sent."""
    with runtime().database.reading(staff().tenant_id) as session:
        pdf = fax_letters.content(session, letters.get(session, letter_id))
    return _pdf(pdf, letter_id)


def _pdf(pdf: bytes, letter_id: int) -> Response:
    answer = Response(pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="letter-{letter_id}.pdf"'
    return answer


def _printed(session: ScopedSession, letter: Letter) -> bytes | None:
    """What there was to print; None where staff wrote the letter themselves."""
    try:
        return _to_print(session, letter)
    except NotFound:
        return None


def _to_print(session: ScopedSession, letter: Letter) -> bytes:
    """Raises NotFound if staff are to write it themselves."""
    printed = broadcast.printed if letter.event_id else written.printed
    return printed(session, staff().tenant, letter)


def _list(status: int = 200, letter_id: int = 0, faults: dict[str, str] | None = None) -> Response:
    today = settings.days_of(staff().tenant).on(clock.now())
    with runtime().database.reading(staff().tenant_id) as session:
        page = render_template(
            "letters.html",
            rows=letters.to_post(session),
            today=today,
            at_row=letter_id,
            faults=faults or {},
            entered=request.form if faults else {},
        )
    return make_response(page, status)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _page(
    session: Session, customer_id: int, status: int = 200, faults: dict[str, str] | None = None
) -> Response:
    page = render_template(
        "letter.html",
        c=customers.get(session, customer_id),
        cases=due_lists.cases_of(session, customer_id),
        kinds=LETTER_KINDS,
        faults=faults or {},
        entered=request.form,
    )
    return make_response(page, status)
