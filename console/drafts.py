"""A campaign before its launch: written or sent as a document, looked at from every side, tested, approved."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from broadcast import approval, campaigns, editing, launching, rendering
from broadcast.models import Campaign
from broadcast.rehearsal import running
from broadcast.said import said_in
from console import before, documents
from console.access import EVERYONE, allowed, is_fragment, staff, takes_file
from console.documents import Wrong
from console.languages import said
from console.web import go
from core import clock
from core.errors import CarillonError, Conflict, Forbidden, Invalid
from core.models import Tenant
from core.runtime import runtime

WRITERS = ("marketing", "supervisor")
MAX_BYTES = 50_000_000
EXAMPLE = """name: Autumn service reminder
purpose: service
channel: sms
audience:
  segment: {tags: [autumn]}
ends_after_h: 48
message:
  en: {text: "Lakeside Motors: {{ name }}, your service is due. Reply STOP to opt out."}
  zh: {text: "湖滨汽车：{{ name }}，您的爱车该保养了。拒收请致电我们的热线"}
"""

bp = Blueprint("drafts", __name__, url_prefix="/campaigns")


@bp.get("/new")
@allowed(*WRITERS)
def new() -> Response:
    """An empty document, with an example to begin from."""
    return _form(EXAMPLE, None)


@bp.post("/new")
@allowed(*WRITERS)
@takes_file(MAX_BYTES)
def create() -> BaseResponse:
    """Make a draft of the document and have it rehearsed at once."""
    return _save(None)


@bp.get("/<int:campaign_id>/edit")
@allowed(*WRITERS)
def edit(campaign_id: int) -> Response:
    """The document of a draft."""
    with runtime().database.reading(staff().tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
    return _form(campaign.document, campaign)


@bp.post("/<int:campaign_id>/edit")
@allowed(*WRITERS)
@takes_file(MAX_BYTES)
def change(campaign_id: int) -> BaseResponse:
    """Read the document anew; approvals and rehearsals before it count no more."""
    with runtime().database.reading(staff().tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
    return _save(campaign)


def _save(draft: Campaign | None) -> BaseResponse:
    text = ""
    try:
        text = documents.document()
        with (
            documents.audience_folder(text) as folder,
            runtime().database.session(staff().tenant_id) as session,
        ):
            tenant, who = session.get_one(Tenant, staff().tenant_id), staff().email
            if draft is None:
                saved = campaigns.create(session, tenant, text, who, folder)
            else:
                saved = campaigns.get(session, draft.id)
                editing.edit(session, tenant, saved, text, who, folder)
            running.ask(session, saved, who)
    except (Invalid, Conflict) as error:
        return _form(text, draft, documents.faults(text, error))
    return go(url_for("console.drafts.show", campaign_id=saved.id))


def _form(text: str, draft: Campaign | None, wrong: list[Wrong] | None = None) -> Response:
    page = render_template(
        "draft_edit.html",
        text=text,
        draft=draft,
        wrong=wrong or [],
        lines=text.split("\n"),
        most=MAX_BYTES // 1_000_000,
    )
    return make_response(page, 422 if wrong else 200)


@bp.get("/<int:campaign_id>/before")
@allowed(*EVERYONE)
def show(campaign_id: int) -> BaseResponse:
    """Everything to know before the launch; asks again for its part while the rehearsal goes on."""
    return before.page(campaign_id)


@bp.get("/<int:campaign_id>/start")
@allowed(*WRITERS)
def ask(campaign_id: int) -> BaseResponse:
    """Ask again before the launch, for browsers that do not open the dialog."""
    return before.page(campaign_id, whole="draft_ask.html")


@bp.post("/<int:campaign_id>/rehearse")
@allowed(*WRITERS)
def rehearse(campaign_id: int) -> BaseResponse:
    """Have the launch rehearsed."""
    with runtime().database.session(staff().tenant_id) as session:
        running.ask(session, campaigns.get(session, campaign_id), staff().email)
    return _back(campaign_id)


@bp.post("/<int:campaign_id>/start")
@allowed(*WRITERS)
def start(campaign_id: int) -> BaseResponse:
    """Launch, or ask a second person."""
    try:
        ready = launching.ready(runtime(), staff().tenant_id, campaign_id)
        with runtime().database.session(staff().tenant_id) as session:
            campaign = campaigns.get(session, campaign_id)
            launching.launch(session, campaign, ready, staff().email, request.form.get("override", ""))
    except (Invalid, Conflict) as error:
        return _refused(campaign_id, error)
    return _on(campaign)


@bp.post("/<int:campaign_id>/approve")
@allowed(*WRITERS)
def approve(campaign_id: int) -> BaseResponse:
    """The second person lets it go."""
    try:
        ready = launching.ready(runtime(), staff().tenant_id, campaign_id)
        with runtime().database.session(staff().tenant_id) as session:
            campaign = campaigns.get(session, campaign_id)
            launching.approve(session, campaign, ready, staff().email)
    except Forbidden:
        return before.page(
            campaign_id, 403, _("You asked for this launch yourself; another person must approve it.")
        )
    except (Invalid, Conflict) as error:
        return _refused(campaign_id, error)
    return _on(campaign)


@bp.post("/<int:campaign_id>/send-back")
@allowed(*WRITERS)
def send_back(campaign_id: int) -> BaseResponse:
    """The second person does not, and says why."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            campaign = campaigns.get(session, campaign_id)
            approval.send_back(session, campaign, staff().email, request.form.get("reason", ""))
    except Invalid:
        return before.page(campaign_id, 422, _("Enter a reason, so that it can be mended."))
    except Conflict as error:
        return _refused(campaign_id, error)
    return _back(campaign_id)


@bp.get("/<int:campaign_id>/letter/<int:position>/<int:customer_id>.png")
@allowed(*WRITERS)
def letter(campaign_id: int, position: int, customer_id: int) -> Response:
    """Page 1 of one customer's letter as a fax machine prints it."""
    with runtime().database.reading(staff().tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
        wave = said_in(session, campaign, position)
        image = rendering.first_page(session, campaign, wave, customer_id, clock.now())
    answer = make_response(image)
    answer.mimetype = "image/png"
    return answer


def _on(campaign: Campaign) -> BaseResponse:
    where = "console.drafts.show" if campaign.state == "waiting" else "console.campaigns.show"
    return go(url_for(where, campaign_id=campaign.id))


def _back(campaign_id: int) -> BaseResponse:
    if is_fragment():
        return before.page(campaign_id)
    return go(url_for("console.drafts.show", campaign_id=campaign_id))


def _refused(campaign_id: int, error: CarillonError) -> BaseResponse:
    """The page says itself what stands in the way; what it does not know of is told."""
    if error.code.startswith("launch_"):
        return before.page(campaign_id, 409)
    if error.code == "bad_transition":
        return before.page(campaign_id, 409, _no_draft(campaign_id))
    return before.page(campaign_id, error.status, _("It cannot start yet: %(why)s", why=said(error.message)))


def _no_draft(campaign_id: int) -> str:
    """Why it can be neither started nor approved, in the state it has by now."""
    with runtime().database.reading(staff().tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
    if campaign.state == "cancelled":
        return str(_("This campaign was stopped. It cannot be started any more."))
    if campaign.launched_at:
        return str(_("This campaign was started already, by %(who)s.", who=campaign.launched_by))
    return str(_("The campaign had already changed. This is its latest state."))
