"""Import customers from a CSV file: check it first, then take the good rows and mend the bad ones."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

from flask import Blueprint, Response, make_response, render_template, request, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from console import forms, uploads
from console.access import allowed, staff, takes_file
from console.import_words import IMPORT_FAULTS
from console.nav import Entry
from console.uploads import Upload
from console.words import word
from core import clock
from core.audit import record
from core.errors import Invalid
from core.phone import regions
from core.runtime import runtime
from customers.importing import FIELDS, Report, import_customers

IMPORTERS = ("marketing", "supervisor")
MAX_FILE_BYTES = 50_000_000
SHOWN = 100
AS = "as:"

bp = Blueprint("imports", __name__, url_prefix="/import")
NAV = Entry("customers", "upload", lazy_gettext("Import"), "imports.index")


@bp.get("")
@allowed(*IMPORTERS)
def index() -> Response:
    """Choose a file."""
    return _form(staff().tenant.region, {})


@bp.post("")
@allowed(*IMPORTERS)
@takes_file(MAX_FILE_BYTES)
def check() -> Response:
    """Look through a file and show what would happen; nothing is imported."""
    sent = request.files.get("file")
    form, faults = forms.read(forms.Import, request.form)
    if form is None or form.region not in regions():
        faults.setdefault("region", _("Enter two capital letters, such as US or CN."))
    if sent is None or not sent.filename:
        faults["file"] = _("Choose a CSV file.")
    if form is None or sent is None or faults:
        return _form(request.form.get("region", ""), faults)
    upload = uploads.keep(runtime().config, staff().tenant_id, sent)
    return _look_through(upload, sent.filename or "", form.region, {})


@bp.post("/<token>/check")
@allowed(*IMPORTERS)
def check_again(token: str) -> Response:
    """Look through the same file, with columns matched by hand."""
    upload = uploads.find(runtime().config, staff().tenant_id, token)
    return _look_through(upload, request.form.get("name", ""), _region(), _mapping())


@bp.post("/<token>")
@allowed(*IMPORTERS)
def take(token: str) -> Response:
    """Take the good rows in."""
    upload = uploads.find(runtime().config, staff().tenant_id, token)
    name = request.form.get("name", "")[:120]
    report = _run(upload, _region(), _mapping(), dry_run=False)
    upload.path.unlink(missing_ok=True)
    with runtime().database.session(staff().tenant_id) as session:
        counts = {"file": name, "accepted": report.accepted, "rejected": len(report.rejected)}
        record(session, staff().tenant_id, staff().email, "import", "customers", **counts)
    return make_response(
        render_template("import_done.html", report=report, upload=upload, name=name, shown=SHOWN)
    )


@bp.get("/<token>/rejected.csv")
@allowed(*IMPORTERS)
def rejected(token: str) -> BaseResponse:
    """The bad rows, to mend and import again."""
    rejects = uploads.find_rejects(runtime().config, staff().tenant_id, token)
    return send_file(rejects, mimetype="text/csv", as_attachment=True, download_name="rejected.csv")


def _form(region: str, faults: forms.Faults) -> Response:
    page = render_template("import.html", region=region, faults=faults, most=MAX_FILE_BYTES // 1_000_000)
    return make_response(page, 422 if faults else 200)


def _look_through(
    upload: Upload, name: str, region: str, mapping: Mapping[str, str], fault: str = ""
) -> Response:
    try:
        report = _run(upload, region, mapping, dry_run=True)
    except Invalid as error:
        said = word(IMPORT_FAULTS, error.code)
        if mapping:
            return _look_through(upload, name, region, {}, said)
        upload.drop()
        return _form(region, {"file": said})
    page = render_template(
        "import_check.html",
        report=report,
        upload=upload,
        name=name[:120],
        region=region,
        mapping=mapping,
        fault=fault,
        fields=FIELDS,
        shown=SHOWN,
    )
    return make_response(page, 422 if fault else 200)


def _run(upload: Upload, region: str, mapping: Mapping[str, str], *, dry_run: bool) -> Report:
    upload.rejects.unlink(missing_ok=True)
    with ExitStack() as opened:
        return import_customers(
            runtime().database,
            staff().tenant,
            opened.enter_context(upload.path.open("rb")),
            at=clock.now(),
            mapping=mapping,
            region=region,
            dry_run=dry_run,
            rejects=lambda: opened.enter_context(upload.open_rejects()),
            source=f"import by {staff().email}"[:120],
        )


def _region() -> str:
    region = request.form.get("region", "")
    return region if region in regions() else staff().tenant.region


def _mapping() -> Mapping[str, str]:
    """Heading → field, as chosen by hand."""
    chosen = {name.removeprefix(AS): field for name, field in request.form.items() if name.startswith(AS)}
    return {heading: field for heading, field in chosen.items() if field in FIELDS}
