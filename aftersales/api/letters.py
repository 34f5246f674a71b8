"""The register of letters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field
from sqlalchemy import select

from aftersales import letters
from aftersales.api.work_orders import EDITORS, Id
from aftersales.models import Letter
from core.api import paging
from core.api.checks import Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, number, writing
from core.api.paging import Listed, Page
from core.runtime import runtime
from customers.queries import check_customer

READERS = (*EDITORS, "auditor")
bp = Blueprint("letters_api", __name__, url_prefix=PREFIX)


class Posted(Sent):
    """A letter that went by post on a day; without *address* to the customer's own. *proof* shows that it went."""

    customer_id: Id
    kind: Literal["notice", "invitation", "reply"]
    subject: Annotated[Text, Field(min_length=1, max_length=200)]
    sent_on: date
    sender: Annotated[Text, Field(min_length=1, max_length=200)]
    proof: Annotated[Text, Field(min_length=1, max_length=200)]
    address: Annotated[Text, Field(max_length=300)] = ""
    event_id: Id | None = None
    case_id: Id | None = None


class CameBack(Sent):
    """Why a letter did not arrive."""

    cause: Literal["moved", "refused", "unclaimed", "bad_address"]


class LetterTold(Told):
    """A letter. *cause* is why it did not arrive, *sha256* the hash of a fax's PDF."""

    id: int
    kind: str
    means: str
    state: str
    customer_id: int
    address: str
    subject: str
    sender: str
    event_id: int | None
    case_id: int | None
    proof: str
    cause: str
    sha256: str
    made_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None


class LetterPage(Page):
    """Only letters to a customer, by fax or by post, in a state."""

    customer_id: Id | None = None
    means: Literal["fax", "post"] | None = None
    state: Literal["made", "sent", "delivered", "failed"] | None = None


def _told(letter: Letter) -> LetterTold:
    told = LetterTold.model_validate(letter)
    return told.model_copy(update={"address": number(letter.address)}) if letter.means == "fax" else told


@bp.get("/letters")
@endpoint(*READERS, tag="letters", query=LetterPage, answer=Listed[LetterTold])
def list_letters(query: LetterPage) -> Listed[LetterTold]:
    """Letters, newest first."""
    wanted = select(Letter)
    for name in ("customer_id", "means", "state"):
        if value := getattr(query, name):
            wanted = wanted.where(getattr(Letter, name) == value)
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(session, wanted, Letter.id, "letters", query, newest_first=True)
        return paging.listed(found, _told, next_)


@bp.post("/letters")
@endpoint(*EDITORS, tag="letters", body=Posted, answer=LetterTold, status=201)
def post_letter(body: Posted) -> LetterTold:
    """Enter a letter that was posted; faxes enter themselves."""
    session = writing()
    check_customer(session, body.customer_id)
    return _told(letters.post(session, caller().tenant, **body.model_dump(), who=caller().who))


@bp.post("/letters/<int:letter_id>/arrived")
@endpoint(*EDITORS, tag="letters", answer=LetterTold)
def letter_arrived(letter_id: int) -> LetterTold:
    """A letter by post was handed over."""
    session = writing()
    found = letters.get(session, letter_id)
    letters.arrived(session, found, caller().who)
    return _told(found)


@bp.post("/letters/<int:letter_id>/came-back")
@endpoint(*EDITORS, tag="letters", body=CameBack, answer=LetterTold)
def letter_came_back(letter_id: int, body: CameBack) -> LetterTold:
    """A letter by post did not arrive."""
    session = writing()
    found = letters.get(session, letter_id)
    letters.came_back(session, found, body.cause, caller().who)
    return _told(found)
