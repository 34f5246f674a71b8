"""What a call sets going at once: a case with a number to read back, a text, a fax."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from aftersales import cases, details, settings
from core.models import Tenant
from customers.holders import only_holder
from flows.language.nodes.case import TAKEN
from flows.language.nodes.fax import PARAGRAPH
from flows.language.turn import Told
from ivr.leg import Asking, number_or_none
from outbound import on_demand


def case(session: Session, tenant: Tenant, asking: Asking) -> Told:
    """Opens the case; asked again it is the same. Raises Invalid where nobody works."""
    given = {name: value for name, value in asking.given.items() if name not in TAKEN}
    opened = cases.open_case(
        session,
        tenant,
        asking.key,
        kind=asking.given["kind"],
        who="hotline",
        text=details.told(given),
        customer_id=asking.person or only_holder(session, tenant.id, asking.caller),
        address=asking.leg.person,
        is_urgent=asking.given["urgency"] == "urgent",
    )
    due_on = settings.days_of(tenant).due_on(opened.due_at)
    return Told({"number": opened.number, "due_on": due_on.isoformat()})


def sms(session: Session, tenant: Tenant, asking: Asking) -> Told:
    """Has the text brought. Raises Invalid."""
    on_demand.bring(
        session, tenant, _order(asking, "sms", {"text": "{{ body }}"}, {"body": asking.given["text"]})
    )
    return Told()


def fax(session: Session, tenant: Tenant, asking: Asking) -> Told:
    """Has the letter brought. Raises Invalid."""
    paragraphs = asking.given["paragraphs"].split(PARAGRAPH)
    values = {f"paragraph_{at}": words for at, words in enumerate(paragraphs)}
    text = {"subject": "{{ subject }}", "paragraphs": [f"{{{{ {name} }}}}" for name in values]}
    order = _order(asking, "fax", text, {"subject": asking.given["subject"], **values})
    on_demand.bring(session, tenant, order)
    return Told()


def _order(
    asking: Asking, channel: str, text: Mapping[str, object], values: dict[str, str]
) -> on_demand.Order:
    hotline = asking.leg.called if asking.leg.direction == "in" else asking.leg.caller
    return on_demand.Order(
        channel=channel,
        number=asking.given["number"],
        text=text,
        values=values,
        language=asking.language,
        node=f"{asking.flow}.{asking.node}",
        call=asking.leg.call_sid,
        key=asking.key,
        caller=asking.caller,
        hotline=number_or_none(hotline),
    )
