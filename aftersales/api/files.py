"""The files of intakes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import AwareDatetime, Field
from sqlalchemy import select

from aftersales import files
from aftersales.api.work_orders import EDITORS, Id
from aftersales.models import CustomerFile
from aftersales.order_checks import read_at
from core.api import paging
from core.api.checks import Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, writing
from core.api.paging import Listed, Page
from core.models import READERS
from core.runtime import runtime
from customers import vehicles
from customers.queries import check_customer

bp = Blueprint("customer_files_api", __name__, url_prefix=PREFIX)


class NewFile(Sent):
    """An intake without a job: a visit or a consultation."""

    customer_id: Id
    intake: Literal["visit", "consultation"]
    vehicle_id: Id | None = None
    at: AwareDatetime | None = None


class Completion(Sent):
    """What makes a file complete: what the next contact is about, and when it will be."""

    next_topic: Annotated[Text, Field(min_length=1, max_length=200)]
    next_contact_at: AwareDatetime
    service_items: Annotated[Text, Field(max_length=400)] = ""
    wished_services: Annotated[Text, Field(max_length=400)] = ""


class FileTold(Told):
    """A file. *is_late*: completed after *due_on*, or not yet and *due_on* is over."""

    id: int
    customer_id: int
    vehicle_id: int | None
    work_order_id: int | None
    intake: str
    intake_on: date
    due_on: date
    state: str
    is_late: bool
    service_items: str
    wished_services: str
    next_topic: str
    next_contact_at: datetime | None
    owner_id: int
    completed_at: datetime | None


class FilePage(Page):
    """Only files of a customer, open or complete, late or not."""

    customer_id: Id | None = None
    state: Literal["open", "complete"] | None = None
    is_late: bool | None = None


@bp.get("/customer-files")
@endpoint(*READERS, tag="customer files", query=FilePage, answer=Listed[FileTold])
def list_customer_files(query: FilePage) -> Listed[FileTold]:
    """Files, newest first."""
    wanted = select(CustomerFile)
    for name in ("customer_id", "state", "is_late"):
        if (value := getattr(query, name)) is not None:
            wanted = wanted.where(getattr(CustomerFile, name) == value)
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(
            session, wanted, CustomerFile.id, "customer_files", query, newest_first=True
        )
        return paging.listed(found, FileTold.model_validate, next_)


@bp.post("/customer-files")
@endpoint(
    *EDITORS,
    tag="customer files",
    body=NewFile,
    answer=FileTold,
    status=201,
    location=PREFIX + "/customer-files/{id}",
)
def open_customer_file(body: NewFile) -> FileTold:
    """Open the file of a visit or a consultation; that of a repair opens with its job."""
    session = writing()
    check_customer(session, body.customer_id)
    if body.vehicle_id is not None:
        vehicles.get(session, body.vehicle_id, body.customer_id)
    made = files.open_file(
        session, caller().tenant, intake=body.intake, customer_id=body.customer_id, vehicle_id=body.vehicle_id,
        at=read_at(body.at), who=caller().who,
    )  # fmt: skip
    return FileTold.model_validate(made)


@bp.get("/customer-files/<int:file_id>")
@endpoint(*READERS, tag="customer files", answer=FileTold)
def get_customer_file(file_id: int) -> FileTold:
    """One file."""
    with runtime().database.reading(caller().tenant_id) as session:
        return FileTold.model_validate(files.get(session, file_id))


@bp.post("/customer-files/<int:file_id>/complete")
@endpoint(*EDITORS, tag="customer files", body=Completion, answer=FileTold)
def complete_customer_file(file_id: int, body: Completion) -> FileTold:
    """Complete a file; after its due date it is stored and marked late."""
    session = writing()
    found = files.get(session, file_id)
    files.complete(session, caller().tenant, found, **body.model_dump(), who=caller().who)
    return FileTold.model_validate(found)
