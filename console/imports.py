"""Import customers from a CSV file: look at it first, then take the good rows."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from console.access import allowed, staff, takes_file
from console.nav import Entry
from core.runtime import runtime

bp = Blueprint("imports", __name__, url_prefix="/import")
NAV = Entry("customers", "upload", lazy_gettext("Import"), "imports.index")
MAX_FILE_BYTES = 50_000_000
IMPORTERS = ("marketing", "supervisor")


@bp.get("")
@allowed(*IMPORTERS)
def index() -> str:
    """Choose a file."""
    return render_template("import.html")
