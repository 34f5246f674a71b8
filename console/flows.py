"""Call flows: their versions, what differs, what lint and golden calls say of one, and publishing it or a former one again."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from console import forms
from console.access import allowed, staff
from console.nav import Entry
from console.web import go
from core import clock
from core.errors import Conflict, Invalid
from core.runtime import runtime
from flows import golden, publish, releases
from flows.golden import ChangedCalls
from flows.language.lint import Rules
from ivr.funnel import funnel

READERS = ("marketing", "after_sales", "supervisor", "auditor")
SPANS = (1, 7, 30, 90)

bp = Blueprint("flows", __name__, url_prefix="/flows")
NAV = Entry("hotline", "phone-call", lazy_gettext("Call flows"), "flows.index")


@bp.get("")
@allowed(*READERS)
def index() -> str:
    """The flows there are."""
    with runtime().database.reading(staff().tenant_id) as session:
        return render_template("flows.html", rows=releases.listed(session, staff().tenant_id))


@bp.get("/<name>")
@allowed(*READERS)
def show(name: str) -> Response:
    """One flow: its versions, and where callers go in the one that is published."""
    return _page(name)


@bp.post("/<name>")
@allowed("supervisor")
def draft(name: str) -> BaseResponse:
    """Keep a document as a draft: of this flow, or of the one it names."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            document = request.form.get("document", "").replace("\r\n", "\n")
            kept = publish.save_draft(session, staff().tenant_id, document, clock.now(), staff().email)
            called, hash_ = kept.name, kept.hash
    except Invalid as error:
        return _page(name, error.status, {"document": error.message})
    return go(url_for(".version", name=called, hash_=hash_))


@bp.get("/<name>/<hash_>")
@allowed(*READERS)
def version(name: str, hash_: str) -> Response:
    """One version: what differs, what is found in it, what golden calls would hear."""
    return _version(name, hash_)


@bp.post("/<name>/<hash_>/publish")
@allowed("supervisor")
def release(name: str, hash_: str) -> BaseResponse:
    """Let new calls use this version. Calls in flight stay on theirs."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            document = releases.looked_at(session, staff().tenant, name, hash_).version.document
            publish.publish(
                session,
                staff().tenant_id,
                document,
                Rules(),
                clock.now(),
                accept_changes="accept" in request.form,
                who=staff().email,
            )
    except ChangedCalls as error:
        said = _(
            "Golden calls would be heard otherwise. Look at what would change, then confirm that it is meant."
        )
        return _version(name, hash_, error.status, {"": said})
    except (Invalid, Conflict) as error:
        return _version(name, hash_, error.status, forms.told(error))
    return go(url_for(".show", name=name))


@bp.post("/<name>/forget")
@allowed("supervisor")
def forget(name: str) -> BaseResponse:
    """Keep a golden call no longer."""
    with runtime().database.session(staff().tenant_id) as session:
        golden.forget(session, staff().tenant_id, name, request.form.get("label", ""))
    return go(url_for(".show", name=name))


def _page(name: str, status: int = 200, faults: dict[str, str] | None = None) -> Response:
    days = request.args.get("days", "")
    span = int(days) if days in map(str, SPANS) else SPANS[1]
    until = clock.now()
    with runtime().database.reading(staff().tenant_id) as session:
        found = releases.named(session, staff().tenant_id, name)
        shown = request.args.get("version") or next(
            (one.hash for one in found if one.state == "published"), ""
        )
        page = render_template(
            "flow.html",
            name=name,
            versions=found,
            days=span,
            spans=SPANS,
            passed=funnel(session, staff().tenant_id, name, shown, until - timedelta(days=span), until)
            if shown
            else None,
            golden=golden.of_flow(session, staff().tenant_id, name),
            faults=faults or {},
            entered=request.form.get("document", found[0].document),
        )
    return make_response(page, status)


def _version(name: str, hash_: str, status: int = 200, faults: dict[str, str] | None = None) -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        found = releases.looked_at(session, staff().tenant, name, hash_)
        page = render_template("flow_version.html", name=name, found=found, faults=faults or {})
    return make_response(page, status)
