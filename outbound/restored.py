"""
The restore guard: a database older than what has been sent holds all sending until it has been reconciled.

    look()       at every claim and every few seconds: is the database behind the mark this machine keeps?
    reconcile()  what did the carriers send since? Whom they reached is written down, whom they may have reached is closed
    lift()       somebody says that it may go on; from here on the database goes by a new name
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import clock, holds
from core.bulk import in_chunks, insert_new
from core.carriers.base import Report
from core.carriers.words import TAKEN_UP
from core.db import ALL_TENANTS, instant
from core.errors import Conflict
from core.models import Hold, Host
from core.runtime import Counts, Runtime
from core.states import move_each
from customers.models import CustomerNumber, Touch
from outbound import high_water, inbound
from outbound.intent import intend
from outbound.models import OPEN, Attempt, Delivery, InboundText, Sender, Source
from outbound.reconcile import give_up
from outbound.work import Work

LOGGER = logging.getLogger(__name__)
REASON, WHO = "restored", "restore guard"
# a claim may be so old when it leaves, and clocks differ
MARGIN = timedelta(minutes=10)
Address = tuple[str, str]


def look(runtime: Runtime, pool: ThreadPoolExecutor) -> Counts:
    """Hold everything if the database is older than what has left this machine."""
    with runtime.database.session(ALL_TENANTS) as session:
        return {"held": int(hold_if_older(runtime, session))}


def hold_if_older(runtime: Runtime, session: Session) -> bool:
    """Whether the database is older than what has left from here; then everything is held. *session* sees every tenant."""
    mark = high_water.read(high_water.path_in(runtime.config.state_dir, high_water.identity(session)))
    newest = high_water.newest(session)
    if mark <= newest:
        return False
    if not _open_hold(session):
        holds.hold(session, None, REASON, WHO, sent_to=mark, database_to=newest, host=runtime.host)
        LOGGER.error("the database is older than what was sent (%d of %d): everything is held", newest, mark)
    return True


def _open_hold(session: Session) -> Hold | None:
    return next((one for one in holds.open_holds(session, None) if one.reason == REASON), None)


@dataclass
class Findings:
    """
    What came of the carriers' lists. *placed*: sends written down at their deliveries; *unproven*: deliveries closed because
    they may be what was sent; *unplaced*: sends of which the database knows no delivery; *incomplete*: numbers whose list
    has gaps, or whose carrier proves no absence. *texts* that came in were taken in again; *callers* were in calls in which
    they may have pressed the key that opts out, which no list tells.
    """

    since: datetime
    placed: int = 0
    unproven: int = 0
    unplaced: int = 0
    texts: int = 0
    callers: set[str] = field(default_factory=set)
    incomplete: list[str] = field(default_factory=list)


def reconcile(runtime: Runtime, since: datetime | None = None) -> Findings:
    """
    Write down what left from *since* (business time; else from the database's last sign of life) that it does not know, and
    take in again what was texted to us since: opt-outs are among it.

    May be run again. Raises Conflict if nothing is held for this reason, Unavailable if a carrier cannot be asked.
    """
    with runtime.database.session(ALL_TENANTS) as session:
        hold = _open_hold(session)
        if hold is None:
            raise Conflict("not_restored", "nothing is held because of a restored database")
        findings = Findings(since or _last_sign(session))
        senders = list(session.scalars(select(Sender).order_by(Sender.id)))
    _take_in(runtime, findings)
    for sender in senders:
        carrier = runtime.carriers[sender.channel]
        listing = carrier.find(sender.channel, "", sender.address, findings.since, clock.now() + MARGIN)
        if not listing.complete or carrier.absence_proves_after_s is None:
            findings.incomplete.append(f"{sender.channel} {sender.address}")
        for chunk in in_chunks(_by_address(listing.reports), 1000):
            with runtime.database.session(sender.tenant_id) as session:
                _settle(session, sender, chunk, findings)
    with runtime.database.session(ALL_TENANTS) as session:
        details = {**hold.details, "reconciled_at": clock.real().isoformat()}
        session.execute(update(Hold).where(Hold.id == hold.id).values(details=details))
    return findings


def _take_in(runtime: Runtime, findings: Findings) -> None:
    """Wishes before sends: once more the texts that came in, in their order, and whose calls may have held others."""
    texts = runtime.carriers["sms"].received("sms", findings.since)
    calls = runtime.carriers["voice"].received("voice", findings.since)
    findings.incomplete += ["texts to us"] * (not texts.complete) + ["calls to us"] * (not calls.complete)
    findings.callers |= {call.from_ for call in calls.reports}
    for reports in in_chunks(sorted(texts.reports, key=lambda one: one.created_at), 500):
        with runtime.database.session(ALL_TENANTS) as session:
            ids = [report.carrier_id for report in reports]
            known = select(InboundText.carrier_id).where(InboundText.carrier_id.in_(ids))
            fresh = set(ids).difference(session.scalars(known))
            inbound.apply(session, [inbound.listed(one) for one in reports if one.carrier_id in fresh])
            findings.texts += len(fresh)


def lift(session: Session, why: str, who: str) -> None:
    """Let sending go on. Raises Conflict if nothing is held for this reason, or it was not reconciled."""
    hold = _open_hold(session)
    if hold is None:
        raise Conflict("not_restored", "nothing is held because of a restored database")
    if "reconciled_at" not in hold.details:
        raise Conflict("not_reconciled", "first run: flask outbound reconcile-restore")
    high_water.renew(session)
    holds.lift(session, None, REASON, who, why=why)


def _last_sign(session: Session) -> datetime:
    """Until when the database surely knows all that was sent, as carriers count time."""
    signs = (func.max(Host.seen_at), func.max(Attempt.submitted_at))
    last = [found for sign in signs if (found := session.scalar(select(sign))) is not None]
    return clock.business(max(last, default=instant(session) - timedelta(days=1)) - MARGIN)


def _by_address(reports: Sequence[Report]) -> list[list[Report]]:
    found: dict[str, list[Report]] = defaultdict(list)
    for report in sorted(reports, key=lambda one: one.created_at):
        found[report.to].append(report)
    return list(found.values())


def _settle(session: Session, sender: Sender, addressed: Sequence[list[Report]], findings: Findings) -> None:
    """Place what was sent to each address: one send and one delivery belong together, all else stays unproven."""
    known = _known(session, [report.carrier_id for reports in addressed for report in reports])
    addresses = [reports[0].to for reports in addressed]
    waiting = _waiting(session, sender, addresses)
    busy = set(
        session.scalars(
            select(Attempt.address).where(
                OPEN, Attempt.channel == sender.channel, Attempt.address.in_(addresses)
            )
        )
    )
    for reports in addressed:
        news = [report for report in reports if report.carrier_id not in known]
        if sender.channel == "voice":
            findings.callers |= {one.to for one in news if one.status in TAKEN_UP}
        if not news or news[0].to in busy:
            continue  # whatever is open there is looked for by the ordinary reconciliation
        pairs = waiting.get(news[0].to, [])
        if len(news) == 1 and len(pairs) == 1:
            _place(session, sender, pairs[0], news[0])
            findings.placed += 1
            continue
        for pair in pairs:
            _close(session, sender, pair, news[0])
        findings.unproven += len(pairs)
        findings.unplaced += _touch(session, sender, news)


def _known(session: Session, carrier_ids: Sequence[str]) -> set[str]:
    """Those of *carrier_ids* the database knows, or has written down without a delivery before."""
    bound = session.scalars(select(Attempt.carrier_id).where(Attempt.carrier_id.in_(carrier_ids)))
    noted = session.scalars(
        select(Touch.source).where(Touch.source.in_([_source(one) for one in carrier_ids]))
    )
    return {one for one in bound if one} | {one.removeprefix(_source("")) for one in noted}


def _source(carrier_id: str) -> str:
    return f"restored:{carrier_id}"


def _waiting(
    session: Session, sender: Sender, addresses: Sequence[str]
) -> Mapping[str, list[tuple[Delivery, Source]]]:
    """What the database would still send to *addresses*."""
    rows = session.execute(
        select(Delivery, Source)
        .join(Source, Source.id == Delivery.source_id)
        .where(Delivery.state.in_(("pending", "held")), Delivery.customer_id.is_not(None))
        .where(Delivery.channel == sender.channel, Delivery.address.in_(addresses))
        .order_by(Delivery.id)
    )
    found: dict[str, list[tuple[Delivery, Source]]] = defaultdict(list)
    for delivery, source in rows:
        found[delivery.address].append((delivery, source))
    return found


def _place(session: Session, sender: Sender, pair: tuple[Delivery, Source], report: Report) -> None:
    """An attempt as it would stand had the database not been restored; how it ended is asked for at once."""
    work, real = _submitted(session, sender, pair, report)
    row = {"id": work.attempt_id, "carrier_id": report.carrier_id[:64], "status": report.status[:20]}
    move_each(session, Attempt, [{**row, "line_until": real, "expect_by": real}], "accepted")


def _close(session: Session, sender: Sender, pair: tuple[Delivery, Source], report: Report) -> None:
    """It may be what was sent: it ends as unknown and waits for a decision of staff."""
    work, real = _submitted(session, sender, pair, report)
    give_up(session, session.get_one(Attempt, work.attempt_id), real, clock.now())


def _submitted(
    session: Session, sender: Sender, pair: tuple[Delivery, Source], report: Report
) -> tuple[Work, datetime]:
    real = instant(session)
    [work] = intend(session, sender, [pair], {pair[0].id: 0}, report.created_at, real)
    move_each(session, Attempt, [{"id": work.attempt_id, "submitted_at": real}], "submitting")
    touch = {"tenant_id": work.tenant_id, "source": f"attempt:{work.token}", "direction": "out"}
    move_each(session, Touch, [touch], "made", key=("tenant_id", "source", "direction"))
    return work, real


def _touch(session: Session, sender: Sender, reports: Sequence[Report]) -> int:
    """Frequency caps count what was sent even where nobody knows for which delivery."""
    whose = select(CustomerNumber.address, CustomerNumber.customer_id)
    found = session.execute(whose.where(CustomerNumber.address.in_([report.to for report in reports])))
    customers = {row.address: row.customer_id for row in found}
    rows = [
        {
            "tenant_id": sender.tenant_id,
            "customer_id": customers[report.to],
            "address": report.to,
            "channel": sender.channel,
            "direction": "out",
            "purpose": "marketing",
            "source": _source(report.carrier_id),
            "campaign": "",
            "state": "made",
            "at": report.created_at,
        }
        for report in reports
        if report.to in customers
    ]
    insert_new(session, Touch, rows)
    return len(reports)
