"""A work order opened at the desk, for a customer who has come in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from aftersales import settings, work_orders
from aftersales.api.work_orders import Data
from console import forms
from console.access import allowed, staff
from console.web import go, local
from console.work_orders import KEEPERS, cents_of
from core.api.checks import Text
from core.characters import clean
from core.errors import Conflict, Fault, Invalid, WrongFields
from core.runtime import runtime
from core.sentences import Sentence
from customers import queries as customers

# lines of work that can be entered at once, and what one may be
LINES, MAX_LINE = 4, 200

bp = Blueprint("new_orders", __name__, url_prefix="/customers/<int:customer_id>/work-order")


class Opening(Data):
    """What is filled in besides dates and lines of work."""

    number: Annotated[Text, Field(min_length=1, max_length=40)]


@bp.get("")
@allowed(*KEEPERS)
def form(customer_id: int) -> Response:
    """An empty form."""
    return _page(customer_id)


@bp.post("")
@allowed(*KEEPERS)
def take_in(customer_id: int) -> BaseResponse:
    """Open it, and show where it stands."""
    try:
        sent = {**request.form, "currency": request.form.get("currency", "").upper()}
        opening, promised_at = forms.filled(Opening, sent), _when("promised_at")
        with runtime().database.session(staff().tenant_id) as session:
            order = work_orders.open_new(
                session, staff().tenant, number=opening.number, customer_id=_whose(session, customer_id),
                promised_at=promised_at, **{**opening.given(), "items": _items()}, origin="staff", who=staff().email,
            )  # fmt: skip
            order_id = order.id
    except (Invalid, Conflict) as error:
        field = "number" if error.code in ("number_taken", "bad_number") else ""
        return _page(customer_id, error.status, forms.told(error, field))
    return go(url_for("console.work_orders.show", order_id=order_id))


def _whose(session: Session, customer_id: int) -> int:
    return customers.get(session, customer_id).customer.id


def _when(name: str) -> datetime | None:
    if not request.form.get(name, "").strip():
        return None
    if (at := local(name)) is None:
        raise WrongFields([Fault(name, "bad_moment", "enter a day and a time")])
    return at


def _items() -> list[dict[str, Any]]:
    """The lines of work that were filled in."""
    found, faults = [], []
    advice = Sentence("say what is done, in at most {most} characters, and what it costs", most=MAX_LINE)
    for number in range(1, LINES + 1):
        try:
            text = clean(request.form.get(f"item_{number}", "")).strip()
            price = request.form.get(f"price_{number}", "").strip()
            cents = cents_of(price) if price else 0
        except Invalid as error:
            faults.append(Fault(f"item_{number}", error.code, "enter a price such as 99.50, or none"))
            continue
        if len(text) > MAX_LINE or (price and not text):
            faults.append(Fault(f"item_{number}", "bad_line", advice))
        elif text:
            found.append({"text": text, "price_cents": cents})
    if faults:
        raise WrongFields(faults)
    return found


def _page(customer_id: int, status: int = 200, faults: dict[str, str] | None = None) -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        page = render_template(
            "order_new.html",
            c=customers.get(session, customer_id),
            kinds=sorted(settings.of(staff().tenant).repair_days),
            lines=range(1, LINES + 1),
            faults=faults or {},
            entered=request.form,
        )
    return make_response(page, status)
