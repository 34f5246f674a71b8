"""Import customers from a CSV or XLSX file: check it first, then take the good rows and mend the bad ones. The worker does both."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from console import forms
from console.access import allowed, is_fragment, staff, takes_file
from console.languages import begun
from console.nav import Entry
from console.web import fragment, go
from core.phone import regions
from core.runtime import runtime
from customers import imports, jobs
from customers.importing import FIELDS, uploads
from customers.models import CustomerImport

IMPORTERS = ("marketing", "supervisor")
MAX_FILE_BYTES = 50_000_000
# a file so small is worked on before the answer: nobody waits for the worker's next tick
SMALL_BYTES = 1_000_000
LATEST = 10
ATTACHMENT = "attachment; filename=rejected.csv"
AS = "as:"

bp = Blueprint("imports", __name__, url_prefix="/import")
NAV = Entry("customers", "upload", lazy_gettext("Import"), "imports.index")


@bp.get("")
@allowed(*IMPORTERS)
def index() -> Response:
    """Choose a file; the imports there were."""
    return _form(staff().tenant.region, {})


@bp.post("")
@allowed(*IMPORTERS)
@takes_file(MAX_FILE_BYTES)
def check() -> BaseResponse:
    """Have a file looked through; nothing is imported."""
    sent = request.files.get("file")
    form, faults = forms.read(forms.Import, request.form)
    if form is None or form.region not in regions():
        faults.setdefault("region", _("Enter two capital letters, such as US or CN."))
    if sent is None or not sent.filename:
        faults["file"] = _("Choose a CSV or XLSX file.")
    if form is None or sent is None or faults:
        return _form(request.form.get("region", ""), faults)
    found = _submit(sent, form.region)
    _hurry(found)
    with runtime().database.reading(staff().tenant_id) as session:
        found = imports.get(session, found.id)
    if found.state == "failed":
        return _form(form.region, {"file": begun(found.message)})
    return go(url_for(".show", import_id=found.id))


@bp.get("/<int:import_id>")
@allowed(*IMPORTERS)
def show(import_id: int) -> BaseResponse:
    """One import: the page asks again for its part while the worker is at it."""
    with runtime().database.reading(staff().tenant_id) as session:
        found = imports.get(session, import_id)
    if found.state == "checked":
        return go(url_for(".show", import_id=import_id)) if is_fragment() else _checked(found)
    is_over = found.state in imports.ENDS
    return fragment("_import_live.html", "import_live.html", i=found, is_over=is_over, shown=imports.SHOWN)


def _checked(found: CustomerImport) -> Response:
    page = render_template("import_check.html", i=found, fields=FIELDS, shown=imports.SHOWN)
    return make_response(page)


@bp.post("/<int:import_id>/check")
@allowed(*IMPORTERS)
def check_again(import_id: int) -> BaseResponse:
    """Look through the same file, with columns matched by hand."""
    return _change(import_id, lambda session, found: imports.check_again(session, found, _mapping()))


@bp.post("/<int:import_id>")
@allowed(*IMPORTERS)
def take(import_id: int) -> BaseResponse:
    """Take the good rows in."""
    return _change(import_id, imports.take)


@bp.post("/<int:import_id>/cancel")
@allowed(*IMPORTERS)
def cancel(import_id: int) -> BaseResponse:
    """Stop where it is."""
    return _change(import_id, lambda session, found: imports.cancel(session, found, staff().email))


@bp.get("/<int:import_id>/rejected.csv")
@allowed(*IMPORTERS)
def rejected(import_id: int) -> BaseResponse:
    """The bad rows, to mend and import again."""
    with runtime().database.reading(staff().tenant_id) as session:
        found = imports.get(session, import_id)
    rows = imports.rejects(runtime().config, found, str(get_locale()))
    return Response(rows, mimetype="text/csv", headers={"Content-Disposition": ATTACHMENT})


def _form(region: str, faults: forms.Faults) -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        rows = imports.latest(session, LATEST)
    most = MAX_FILE_BYTES // 1_000_000
    page = render_template("import.html", region=region, faults=faults, most=most, rows=rows)
    return make_response(page, 422 if faults else 200)


def _submit(sent: FileStorage, region: str) -> CustomerImport:
    upload = uploads.keep(runtime().config, staff().tenant_id, sent.stream)
    wanted = imports.Wanted(upload.token, sent.filename or "", region, {})
    with runtime().database.session(staff().tenant_id) as session:
        return imports.submit(session, staff().tenant_id, wanted, staff().email, check_first=True)


def _change(import_id: int, act: imports.Change) -> BaseResponse:
    with runtime().database.session(staff().tenant_id) as session:
        found = imports.get(session, import_id)
        act(session, found)
    _hurry(found)
    return go(url_for(".show", import_id=import_id))


def _hurry(found: CustomerImport) -> None:
    file = uploads.at(runtime().config, found.tenant_id, found.token).path
    if file.exists() and file.stat().st_size <= SMALL_BYTES:
        jobs.work_on(runtime(), found.tenant_id, found.id)


def _mapping() -> Mapping[str, str]:
    """Heading → field, as chosen by hand."""
    chosen = {name.removeprefix(AS): field for name, field in request.form.items() if name.startswith(AS)}
    return {heading: field for heading, field in chosen.items() if field in FIELDS}
