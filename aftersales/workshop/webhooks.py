"""POST /workshop/orders: what a workshop's system tells of its jobs. See docs/api.md."""

from __future__ import annotations

from flask import Blueprint, Response, request
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import UnsupportedMediaType

from aftersales.workshop import events, keys
from core.api import checks
from core.db import ALL_TENANTS
from core.errors import Fault, Invalid, WrongFields
from core.models import Tenant
from core.runtime import runtime
from core.web import MAX_WEBHOOK_BYTES

bp = Blueprint("workshop", __name__)


@bp.post("/workshop/orders")
def told() -> Response:
    """Take in one event of a job. Who did not sign it is told nothing else."""
    request.max_content_length = MAX_WEBHOOK_BYTES
    body = request.get_data()
    with runtime().database.reading(ALL_TENANTS) as session:
        signer = keys.signer(session, runtime().config, request.headers.get(keys.HEADER, ""), body)
        tenant = session.get_one(Tenant, signer.tenant_id)
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("send JSON, with Content-Type: application/json")
    try:
        event = checks.read_json(events.Event, body, tenant.region)
    except WrongFields:
        raise
    except Invalid as error:
        raise WrongFields([Fault("body", error.code, error.message)]) from None
    try:
        with runtime().database.session(tenant.id) as session:
            taken = events.take(session, tenant, event, signer.who)
    except IntegrityError:  # the same name at the same moment for another job
        raise WrongFields([Fault("event", "event_taken", "give every event a name of its own")]) from None
    return Response(
        taken.model_dump_json(), mimetype="application/json", headers={"Cache-Control": "no-store"}
    )
