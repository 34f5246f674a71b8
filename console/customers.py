"""Customer files: find somebody, see everything about them, and why they may or may not be contacted."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from console import forms
from console.access import READERS, allowed, staff
from console.nav import Entry
from console.web import fragment, go
from core import clock
from core.audit import record
from core.errors import Invalid
from core.runtime import runtime
from customers import facts, queries, suppression
from customers.models import CHANNELS, PURPOSES

PER_PAGE = 50

bp = Blueprint("customers", __name__, url_prefix="/customers")
NAV = Entry("customers", "contact", lazy_gettext("Customer files"), "customers.index")
