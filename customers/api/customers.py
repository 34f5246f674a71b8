"""Customers and their numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import AfterValidator, Field
from sqlalchemy.orm import Session

from core.api import paging
from core.api.checks import Line, Sent, Told, checked
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, number, writing
from core.api.paging import Listed, Page
from core.models import READERS
from core.phone import to_e164
from core.runtime import runtime
from customers import editing, queries
from customers.models import Customer, CustomerNumber

EDITORS = ("marketing", "after_sales", "supervisor")
Kind = Literal["mobile", "landline", "fax"]
bp = Blueprint("customers_api", __name__, url_prefix=PREFIX)


def _field(name: str) -> AfterValidator:
    return checked(lambda text, region: editing.read_field(name, text, region))


Dialled = Annotated[Line, Field(min_length=1, max_length=60), checked(to_e164)]


class NewNumber(Sent):
    """A telephone number, as people write it or as E.164."""

    address: Dialled
    kind: Kind = "mobile"


class Fields(Sent):
    """What may be said of a customer; see customers/importing for what each field takes."""

    name: Annotated[Line, Field(min_length=1, max_length=120)] | None = None
    company: Annotated[Line, Field(max_length=120)] | None = None
    reference: Annotated[Line, Field(max_length=60)] | None = None
    language: Annotated[Line, Field(max_length=20), _field("language")] | None = None
    zone: Annotated[Line, Field(max_length=60), _field("zone")] | None = None
    address: Annotated[Line, Field(max_length=300)] | None = None
    state: Annotated[Line, Field(max_length=40), _field("state")] | None = None
    preferred_channel: Annotated[Line, Field(max_length=20), _field("preferred_channel")] | None = None
    tags: (
        Annotated[list[Annotated[Line, Field(min_length=1, max_length=40)]], Field(max_length=20)] | None
    ) = None

    def given(self) -> dict[str, Any]:
        """The fields that were sent; one sent as null is emptied, except the name."""
        sent = {name: getattr(self, name) for name in self.model_fields_set if name != "numbers"}
        return {name: [] if name == "tags" and value is None else value for name, value in sent.items()}


class NewCustomer(Fields):
    """A customer to be entered, the number to recognise them by first."""

    name: Annotated[Line, Field(min_length=1, max_length=120)]
    numbers: Annotated[list[NewNumber], Field(min_length=1, max_length=editing.MAX_NUMBERS)]


class NumberTold(Told):
    """One number of a customer, masked unless the key's role may read it."""

    id: int
    address: str
    kind: str
    position: int


class CustomerTold(Told):
    """A customer."""

    id: int
    name: str
    company: str
    reference: str | None
    language: str
    zone: str
    address: str
    state: str
    preferred_channel: str
    tags: list[str]
    created_at: datetime
    numbers: list[NumberTold]


class Search(Page):
    """*q*: how a name, company, reference or plate begins, or digits of a number."""

    q: Annotated[Line, Field(max_length=80)] = ""


def told_number(found: CustomerNumber) -> NumberTold:
    """One number as the key may see it."""
    return NumberTold(id=found.id, address=number(found.address), kind=found.kind, position=found.position)


def _told(session: Session, found: list[Customer]) -> list[CustomerTold]:
    numbers = queries.numbers_of(session, [customer.id for customer in found])
    columns = [name for name in CustomerTold.model_fields if name != "numbers"]
    return [
        CustomerTold(
            **{name: getattr(customer, name) for name in columns},
            numbers=[told_number(each) for each in numbers.get(customer.id, ())],
        )
        for customer in found
    ]


@bp.get("/customers")
@endpoint(*READERS, tag="customers", query=Search, answer=Listed[CustomerTold])
def list_customers(query: Search) -> Listed[CustomerTold]:
    """Customers, in the order in which they were entered."""
    with runtime().database.reading(caller().tenant_id) as session:
        after = paging.after("customers", query)
        found = queries.page(session, query.q, after, query.limit + 1)
        shown, next_ = paging.cut(found, "customers", query)
        return Listed(data=_told(session, list(shown)), next=next_)


@bp.post("/customers")
@endpoint(
    *EDITORS,
    tag="customers",
    body=NewCustomer,
    answer=CustomerTold,
    status=201,
    location=PREFIX + "/customers/{id}",
)
def create_customer(body: NewCustomer) -> CustomerTold:
    """Enter a customer."""
    session = writing()
    numbers = [(each.address, each.kind) for each in body.numbers]
    customer = editing.create(session, caller().tenant, body.given(), numbers, caller().who)
    return _told(session, [customer])[0]


@bp.get("/customers/<int:customer_id>")
@endpoint(*READERS, tag="customers", answer=CustomerTold)
def get_customer(customer_id: int) -> CustomerTold:
    """One customer."""
    with runtime().database.reading(caller().tenant_id) as session:
        return _told(session, [queries.get(session, customer_id).customer])[0]


@bp.patch("/customers/<int:customer_id>")
@endpoint(*EDITORS, tag="customers", body=Fields, answer=CustomerTold)
def change_customer(customer_id: int, body: Fields) -> CustomerTold:
    """Set the fields that are sent, leave the others."""
    session = writing()
    values = {name: value for name, value in body.given().items() if (name, value) != ("name", None)}
    customer = editing.change(session, caller().tenant, customer_id, values, caller().who)
    return _told(session, [customer])[0]


@bp.get("/customers/<int:customer_id>/numbers")
@endpoint(*READERS, tag="customers", answer=Listed[NumberTold])
def list_numbers(customer_id: int) -> Listed[NumberTold]:
    """The numbers of a customer, in the order in which they are tried."""
    with runtime().database.reading(caller().tenant_id) as session:
        return paging.listed(queries.get(session, customer_id).numbers, told_number, None)


@bp.post("/customers/<int:customer_id>/numbers")
@endpoint(*EDITORS, tag="customers", body=NewNumber, answer=NumberTold, status=201)
def add_number(customer_id: int, body: NewNumber) -> NumberTold:
    """Give a customer one more number."""
    added = editing.add_number(writing(), caller().tenant, customer_id, body.address, body.kind, caller().who)
    return told_number(added)


@bp.delete("/customers/<int:customer_id>/numbers/<int:number_id>")
@endpoint(*EDITORS, tag="customers", status=204)
def remove_number(customer_id: int, number_id: int) -> None:
    """Forget a number; what was suppressed at it stays so."""
    editing.remove_number(writing(), caller().tenant, customer_id, number_id, caller().who)
