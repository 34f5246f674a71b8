"""
SMS that customers send us. STOP and its kind opt out at once; HELP is answered; START asks whether it is meant, and only a
yes lifts the STOP. What may be a refusal is read by a person while marketing waits; the rest answers the campaign that was
texted last, or is just kept with the customer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from core import clock
from core.carriers.base import Report
from core.db import ScopedSession, storable
from core.errors import Invalid
from core.models import Tenant
from core.phone import E164, masked, to_e164
from core.states import move, move_all
from core.working_hours import due_at
from customers import suppression
from customers.models import SCOPES, Customer, CustomerNumber, Suppression, Touch
from outbound import settings
from outbound.models import Attempt, InboundText, Sender, Source
from outbound.refusals import may_refuse
from outbound.replies import Guest, reply
from outbound.stop_scope import stop_scope
from outbound.words import confirms, kind_of, word_of

LOGGER = logging.getLogger(__name__)
# one business day, Monday to Friday 9:00-18:00 (SM-4)
READ_WITHIN_H = 9.0
CONFIRMED_WITHIN = timedelta(hours=24)
OPT_OUT_TYPES = {"STOP": "stop", "START": "start", "HELP": "help"}
LEFT = ("accepted", "ended", "unknown")


def noted(form: Mapping[str, str], carrier_answers: bool = False) -> dict[str, Any]:
    """The entry to spool for one inbound SMS; *carrier_answers*: whoever brought it answers HELP itself."""
    return {
        "carrier_id": storable(form.get("MessageSid") or form.get("SmsSid") or "")[:64],
        "from": storable(form.get("From", ""))[:32],
        "to": storable(form.get("To", ""))[:32],
        "body": storable(form.get("Body", ""))[:1600],
        # Twilio's Advanced Opt-Out: it has recognised the word and replied already
        "opt_out_type": storable(form.get("OptOutType", ""))[:8],
        "carrier_answers": carrier_answers,
        "at": clock.now().isoformat(),
    }


def listed(report: Report) -> dict[str, Any]:
    """The entry for a text that only the carrier's list still knows: whatever it asks for was answered when it came."""
    form = {"MessageSid": report.carrier_id, "From": report.from_, "To": report.to, "Body": report.body}
    return {**noted(form), "at": report.created_at.isoformat(), "was_answered": True}


def apply(session: ScopedSession, entries: Sequence[Mapping[str, Any]]) -> None:
    """Carry spooled messages into the database, once each. Whose wishes they may be is locked first."""
    suppression.lock_neighbours(session, {_address(entry["from"]) for entry in entries})
    for entry in entries:
        sender = _came_to(session, entry["to"])
        if sender is None or not entry["carrier_id"]:
            lacks = "to no number of ours" if sender is None else "without the carrier's id"
            LOGGER.error("a text from %s came %s", masked(entry["from"]), lacks)
            continue
        if not session.scalar(select(InboundText.id).where(InboundText.carrier_id == entry["carrier_id"])):
            _received(session, sender, entry)


def _came_to(session: ScopedSession, address: str) -> Sender | None:
    """
    The sender a text came to. A wish is one whichever of our numbers it is sent to: of others the company's first for texts
    counts, and where there is one company everything is to it.
    """
    texts = select(Sender).where(Sender.channel == "sms").order_by(Sender.id).limit(1)
    if found := session.scalar(texts.where(Sender.address == address)):
        return found
    tenants = set(session.scalars(select(Sender.tenant_id).where(Sender.address == address)))
    tenants = tenants or set(session.scalars(select(Tenant.id).limit(2)))
    return session.scalar(texts.where(Sender.tenant_id == tenants.pop())) if len(tenants) == 1 else None


@dataclass(frozen=True)
class _Arrival:
    """
    A text that has just come in: *row* is what is kept of it, *sender* the number it came to; HELP *is_answered* by the carrier,
    or all of it *was_answered* before the database forgot it.
    """

    tenant: Tenant
    sender: Sender
    guest: Guest
    row: InboundText
    is_answered: bool
    was_answered: bool

    @property
    def source(self) -> str:
        return f"sms:{self.row.carrier_id}"

    def reply(self, session: ScopedSession, kind: str) -> None:
        """Text back, unless the text came from no telephone number or has been answered."""
        if not self.was_answered and E164.fullmatch(self.guest.address):
            reply(session, self.tenant, self.sender, self.guest, kind, self.row.at)


def _received(session: ScopedSession, sender: Sender, entry: Mapping[str, Any]) -> None:
    tenant = session.get_one(Tenant, sender.tenant_id)
    address = _address(entry["from"])
    guest = _guest(session, tenant.id, address)
    kind = OPT_OUT_TYPES.get(entry.get("opt_out_type", ""), kind_of(entry["body"]))
    row = InboundText(
        tenant_id=tenant.id,
        carrier_id=entry["carrier_id"],
        from_address=address,
        to_address=entry["to"][:16],
        body=entry["body"],
        kind=kind,
        state="kept",
        answer="",
        customer_id=guest.customer_id,
        at=datetime.fromisoformat(entry["at"]),
    )
    own = settings.of(tenant).texting
    is_answered = bool(entry.get("opt_out_type")) or own.is_answered_by(entry.get("carrier_answers", False))
    arrival = _Arrival(tenant, sender, guest, row, is_answered, entry.get("was_answered", False))
    _bind(session, arrival, timedelta(hours=own.answer_window_h))
    session.add(row)
    if guest.customer_id is not None:
        session.add(_touch(row, guest.customer_id))
    session.flush()
    if address:
        MEANINGS.get(kind, _free_text)(session, arrival)


def _address(raw: str) -> str:
    try:
        return to_e164(raw, "US")
    except Invalid:  # a short code, or no number at all
        return raw[:16]


def _guest(session: ScopedSession, tenant_id: int, address: str) -> Guest:
    holders = session.execute(
        select(Customer.id, Customer.language)
        .join(CustomerNumber, CustomerNumber.customer_id == Customer.id)
        .where(CustomerNumber.tenant_id == tenant_id, CustomerNumber.address == address)
        .distinct()
        .limit(2)
    ).all()
    if len(holders) != 1:  # a number several customers share names nobody
        return Guest(address, None, "")
    return Guest(address, holders[0].id, holders[0].language)


def _bind(session: ScopedSession, arrival: _Arrival, window: timedelta) -> None:
    """To the last delivery that left this number for that one, if it is recent; with what the words mean there."""
    row = arrival.row
    last = session.execute(
        select(Attempt.delivery_id, Source.content)
        .join(Source, Source.id == Attempt.source_id)
        .where(Attempt.tenant_id == arrival.tenant.id, Attempt.sender_id == arrival.sender.id)
        .where(Attempt.address == row.from_address, Attempt.state.in_(LEFT), Source.campaign != "")
        .where(Attempt.started_at <= row.at, Attempt.started_at > row.at - window)
        .order_by(Attempt.id.desc())
        .limit(1)
    ).first()
    if last is not None:
        row.delivery_id = last.delivery_id
        if row.kind == "answer":
            row.answer = last.content.get("answers", {}).get(word_of(row.body), "")


def _touch(row: InboundText, customer_id: int) -> Touch:
    return Touch(
        tenant_id=row.tenant_id,
        customer_id=customer_id,
        address=row.from_address,
        channel="sms",
        direction="in",
        purpose="service",
        source=f"text:{row.carrier_id}",
        at=row.at,
    )


def _stop(session: ScopedSession, arrival: _Arrival) -> None:
    """At once, and without another word: the carriers that want a STOP confirmed do it themselves."""
    row = arrival.row
    scope = stop_scope(arrival.tenant, row.from_address, row.at)
    suppression.opt_out(session, row.tenant_id, row.from_address, scope, "sms_stop", arrival.source, row.at)
    asked = (InboundText.tenant_id == row.tenant_id) & (InboundText.from_address == row.from_address)
    move_all(session, InboundText, asked & (InboundText.state == "asked"), "kept")


def _help(session: ScopedSession, arrival: _Arrival) -> None:
    """A carrier that answers HELP itself has done so."""
    if not arrival.is_answered:
        arrival.reply(session, "help")


def _start(session: ScopedSession, arrival: _Arrival) -> None:
    """
    Ask whether it is meant, if a text can take the stop back; what staff or a register entered it cannot. Where nothing is
    stopped, or only since this was written, nothing is asked.
    """
    row = arrival.row
    entries = session.execute(
        select(Suppression.reason, Suppression.at).where(
            Suppression.tenant_id == row.tenant_id,
            Suppression.address == row.from_address,
            Suppression.scope.in_((*SCOPES, suppression.TEXTS)),
        )
    ).all()
    if not entries or any(entry.at > row.at for entry in entries) or _stopped_since(session, row):
        return
    reasons = [entry.reason for entry in entries]
    if set(reasons) <= {*suppression.TAKEN_BACK, suppression.LINKED}:
        move(session, row, "asked")
        arrival.reply(session, "ask")
    else:
        arrival.reply(session, "call")


def _stopped_since(session: ScopedSession, row: InboundText) -> bool:
    """Whether the same person has written STOP after this, which then came in late."""
    later = select(InboundText.id).where(
        InboundText.tenant_id == row.tenant_id,
        InboundText.from_address == row.from_address,
        InboundText.kind == "stop",
        InboundText.at > row.at,
    )
    return session.scalar(later.limit(1)) is not None


def _free_text(session: ScopedSession, arrival: _Arrival) -> None:
    row = arrival.row
    if confirms(row.body) and (asked := _asked(session, row)):
        row.kind, row.answer = "confirm", ""
        _confirmed(session, arrival, asked)
    elif not row.answer and may_refuse(row.body):
        due = due_at(row.at, arrival.tenant.zone, READ_WITHIN_H)
        move(session, row, "review", kind="refusal", due_at=due)
        suppression.hold_for_review(session, row.tenant_id, row.from_address, arrival.source, row.at)


def _asked(session: ScopedSession, row: InboundText) -> InboundText | None:
    """The START of the same person to the same number that waits for its confirmation."""
    return session.scalar(
        select(InboundText)
        .where(InboundText.tenant_id == row.tenant_id, InboundText.from_address == row.from_address)
        .where(InboundText.to_address == row.to_address, InboundText.state == "asked")
        .where(InboundText.at > row.at - CONFIRMED_WITHIN, InboundText.at <= row.at)
        .order_by(InboundText.id.desc())
        .limit(1)
    )


def _confirmed(session: ScopedSession, arrival: _Arrival, asked: InboundText) -> None:
    row = arrival.row
    move(session, asked, "confirmed")
    proof = suppression.OptIn(row.from_address, asked.at, row.at, row.from_address, arrival.source)
    is_free = suppression.opt_in(session, row.tenant_id, proof)
    arrival.reply(session, "welcome" if is_free else "call")


MEANINGS = {"stop": _stop, "help": _help, "start": _start}
SPOOLED = {"inbound_text": apply}
