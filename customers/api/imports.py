"""Imports: send a file, see how far it is, take what is wrong with it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from flask import Blueprint, Response
from pydantic import Field
from sqlalchemy import select

from core.api import paging
from core.api.checks import Asked, Said, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, sent_file, writing
from core.api.paging import Listed, Page
from core.errors import Fault, Invalid, WrongFields
from core.runtime import runtime
from core.web import asked_language
from customers import imports
from customers.importing import uploads
from customers.models import CustomerImport

IMPORTERS = ("marketing", "supervisor")
MAX_FILE_BYTES = 200_000_000
ATTACHMENT = "attachment; filename=rejected.csv"
bp = Blueprint("imports_api", __name__, url_prefix=PREFIX)


class NewImport(Asked):
    """
    How to read the file that is the request's body (CSV or XLSX).

    *map* is heading=field, as often as needed; with *check_first* nobody is taken in until it is told to.
    """

    name: Annotated[Text, Field(min_length=1, max_length=120)] = "file"
    region: Annotated[Text, Field(pattern=r"^[A-Z]{2}$")] | None = None
    sheet: Annotated[Text, Field(max_length=60)] = ""
    map: Annotated[list[Annotated[Text, Field(max_length=300)]], Field(max_length=200, default_factory=list)]
    check_first: bool = False


class RejectionTold(Told):
    """A row that stays out: its line (or row of the sheet), the first bad cell, and what to enter."""

    line: int
    column: str
    value: str
    code: str
    reason: Said


class ImportTold(Told):
    """An import. *shown* are the first rows that stay out; *code* and *message* say why one failed."""

    id: int
    name: str
    state: str
    region: str
    encoding: str
    left_out: list[str]
    percent: int
    rows: int
    accepted: int
    duplicates: int
    rejected: int
    shown: list[RejectionTold]
    code: str
    message: Said
    created_by: str
    created_at: datetime
    ended_at: datetime | None


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for at, pair in enumerate(pairs):
        heading, _, field = pair.rpartition("=")
        if not heading:
            raise WrongFields([Fault(f"map.{at}", "bad_map", "write heading=field, such as 手机=mobile")])
        mapping[heading] = field
    return mapping


@bp.get("/imports")
@endpoint(*IMPORTERS, tag="imports", query=Page, answer=Listed[ImportTold])
def list_imports(query: Page) -> Listed[ImportTold]:
    """Imports, newest first."""
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(
            session, select(CustomerImport), CustomerImport.id, "imports", query, newest_first=True
        )
        return paging.listed(found, ImportTold.model_validate, next_)


@bp.post("/imports")
@endpoint(
    *IMPORTERS,
    tag="imports",
    query=NewImport,
    max_file_bytes=MAX_FILE_BYTES,
    answer=ImportTold,
    status=202,
    location=PREFIX + "/imports/{id}",
)
def start_import(query: NewImport) -> ImportTold:
    """Send a CSV or XLSX file as the body, of any content type; the worker imports it."""
    session, tenant, mapping = writing(), caller().tenant, _mapping(query.map)
    upload = uploads.keep(runtime().config, tenant.id, sent_file())
    wanted = imports.Wanted(upload.token, query.name, query.region or tenant.region, mapping, query.sheet)
    try:
        made = imports.submit(session, tenant.id, wanted, caller().who, check_first=query.check_first)
    except Invalid as error:
        upload.drop()
        field = "region" if error.code == "bad_region" else "map"
        raise WrongFields([Fault(field, error.code, error.message)]) from None
    return ImportTold.model_validate(made)


@bp.get("/imports/<int:import_id>")
@endpoint(*IMPORTERS, tag="imports", answer=ImportTold)
def get_import(import_id: int) -> ImportTold:
    """How an import stands."""
    with runtime().database.reading(caller().tenant_id) as session:
        return ImportTold.model_validate(imports.get(session, import_id))


@bp.post("/imports/<int:import_id>/take")
@endpoint(*IMPORTERS, tag="imports", answer=ImportTold)
def take_import(import_id: int) -> ImportTold:
    """Take the good rows of a checked file in."""
    found = imports.get(writing(), import_id)
    imports.take(writing(), found)
    return ImportTold.model_validate(found)


@bp.post("/imports/<int:import_id>/cancel")
@endpoint(*IMPORTERS, tag="imports", answer=ImportTold)
def cancel_import(import_id: int) -> ImportTold:
    """Stop an import where it is; customers who are in stay."""
    found = imports.get(writing(), import_id)
    imports.cancel(writing(), found, caller().who)
    return ImportTold.model_validate(found)


@bp.get("/imports/<int:import_id>/rejects")
@endpoint(*IMPORTERS, tag="imports")
def rejects_of_import(import_id: int) -> Response:
    """The rows that stay out so far, as a CSV file to mend and send again."""
    with runtime().database.reading(caller().tenant_id) as session:
        found: Any = imports.get(session, import_id)
    rows = imports.rejects(runtime().config, found, asked_language())
    return Response(rows, mimetype="text/csv", headers={"Content-Disposition": ATTACHMENT})
