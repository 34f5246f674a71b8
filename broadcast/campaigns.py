"""What staff do with a campaign: create, launch, pause, resume, cancel. Every step is audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select

from aftersales import events
from broadcast import abandonment, audience, canary, expected, limits, notices, one_way
from broadcast.checking import check
from broadcast.definition import Definition, read, where_of
from broadcast.models import Campaign, Recipient, Wave
from broadcast.step import Step, place
from broadcast.waves import sources
from core import audit, clock
from core.db import MAX_ID, ScopedSession
from core.errors import Conflict, Fault, Invalid, NotFound, WrongFields
from core.models import Tenant
from core.states import move, move_all
from outbound import deliveries
from outbound.calling import call_content
from outbound.channels import CHANNELS
from outbound.models import Delivery

# larger ones no database can hold


def create(
    session: ScopedSession, tenant: Tenant, text: str, who: str, folder: Path | None = None
) -> Campaign:
    """
    A draft from the YAML document *text*; an audience file is looked for in *folder*.

    Raises Invalid naming each wrong field, or each line of the audience file that names no customer.
    """
    definition = read(text)
    check_placeholders(definition)
    if session.scalar(select(Campaign.id).where(Campaign.name == definition.name)):
        raise Conflict(
            "name_taken", "there is a campaign called {name!r}; choose another name", name=definition.name
        )
    campaign = Campaign(
        tenant_id=tenant.id,
        name=definition.name,
        purpose=definition.purpose,
        state="draft",
        definition=definition.model_dump(),
        document=text,
        created_by=who,
        created_at=clock.now(),
    )
    session.add(campaign)
    session.flush()
    fill(session, tenant, campaign, definition, folder)
    audit.record(session, tenant.id, who, "create", f"campaign:{campaign.id}")
    return campaign


def fill(
    session: ScopedSession,
    tenant: Tenant,
    campaign: Campaign,
    definition: Definition,
    folder: Path | None,
    *,
    keeps_list: bool = False,
) -> None:
    """
    Write what hangs on a draft: its waves and, unless it *keeps_list*, whom its file of customers names. Raises Invalid for a
    text that asks for an answer of somebody who cannot give one.
    """
    notices.event_of(session, definition)
    for position, step in enumerate(definition.waves, 1):
        session.add(
            Wave(tenant_id=tenant.id, campaign_id=campaign.id, position=position, channel=step.channel)
        )
    if not keeps_list:
        file, campaign.targeted = definition.audience.file, 0
        if file:
            campaign.targeted = audience.read_file(session, campaign, tenant.region, file, folder)
    one_way.check_audience(session, campaign, definition)


def check_placeholders(definition: Definition) -> None:
    """Raises Invalid where a text's placeholders are not well-formed; whether they are known is asked at launch."""
    for position, step in enumerate(definition.waves, 1):
        for language, text in step.message.items() if step.channel != "voice" else ():
            try:
                CHANNELS[step.channel].placeholders(cast("Mapping[str, Any]", text))
            except Invalid as error:
                where = place(where_of(definition, position), f"message.{language}")
                raise WrongFields([Fault(where, error.code, error.message)], error.code) from None


def get(session: ScopedSession, campaign_id: int) -> Campaign:
    """One campaign. Raises NotFound."""
    is_number = 0 < campaign_id <= MAX_ID
    campaign = session.scalar(select(Campaign).where(Campaign.id == campaign_id)) if is_number else None
    if campaign is None:
        raise NotFound("no_campaign", "there is no campaign {number}", number=campaign_id)
    return campaign


Contents = Sequence[Mapping[str, Any]]


def ready(session: ScopedSession, campaign: Campaign) -> Contents:
    """
    What *campaign* would say in each wave, checked for every recipient. May take a while: call it in a session that only
    reads.

    Raises Conflict unless it is a draft, and Invalid saying what to mend: unknown placeholders, rows that lack a value, no
    audience, no sender, no flow.
    """
    if campaign.state not in ("draft", "waiting"):
        raise Conflict(
            "bad_transition",
            "campaign {id} is {state}; only a draft can be launched",
            id=campaign.id,
            state=campaign.state,
        )
    definition = Definition.model_validate(campaign.definition)
    tenant = session.get_one(Tenant, campaign.tenant_id)
    contents = [content_of(session, tenant, definition, step) for step in definition.waves]
    limits.check(session, tenant, definition, {step.channel for step in definition.waves})
    check(session, campaign, definition, contents)
    return contents


def launch(session: ScopedSession, campaign: Campaign, contents: Contents, who: str) -> None:
    """Let the worker prepare and send *contents*, which `ready` has checked. Raises Conflict unless it is a draft."""
    definition = Definition.model_validate(campaign.definition)
    now = clock.now()
    over_at = notices.over_at(session, session.get_one(Tenant, campaign.tenant_id), definition)
    move(session, campaign, "preparing", launched_by=who, launched_at=now, expires_at=over_at)
    waves = session.scalars(select(Wave).where(Wave.campaign_id == campaign.id).order_by(Wave.position))
    for wave, step, content in zip(waves, definition.waves, contents, strict=True):
        source = deliveries.open_source(
            session,
            campaign.tenant_id,
            f"wave:{wave.id}",
            channel=wave.channel,
            purpose=campaign.purpose,
            content=content,
            campaign=f"campaign:{campaign.id}",
            retries={cause: retry.model_dump() for cause, retry in step.retries.items()},
        )
        limits.apply(session, source, definition)
        deliveries.pause(session, source, "preparing")
        wave.source_id = source.id
    audit.record(session, campaign.tenant_id, who, "launch", f"campaign:{campaign.id}")


def pause(session: ScopedSession, campaign: Campaign, who: str) -> None:
    """Let nothing more leave until it is resumed. Raises Conflict if it is not running."""
    move(session, campaign, "paused", reason="")
    for source in sources(session, campaign):
        if source.state == "open":
            deliveries.pause(session, source, "paused")
    audit.record(session, campaign.tenant_id, who, "pause", f"campaign:{campaign.id}")


def resume(session: ScopedSession, campaign: Campaign, who: str) -> None:
    """Go on. Raises Conflict if it is not paused: one that is being prepared goes on by itself."""
    canary.overrule(session, campaign, who)
    abandonment.let_go(session, campaign)
    mine = (Campaign.id == campaign.id) & (Campaign.state == "paused")
    if not move_all(session, Campaign, mine, "running", reason=""):
        raise Conflict(
            "bad_transition", "campaign {id} is {state}, not paused", id=campaign.id, state=campaign.state
        )
    session.refresh(campaign)
    for source in sources(session, campaign):
        if source.state == "paused":
            deliveries.resume(session, source)
    audit.record(session, campaign.tenant_id, who, "resume", f"campaign:{campaign.id}")


def cancel(session: ScopedSession, campaign: Campaign, who: str) -> int:
    """Give up everything that has not left yet, for good; how many that were. Raises Conflict if it is over."""
    now = clock.now()
    move(session, campaign, "cancelled", ended_at=now)
    stopped = sources(session, campaign)
    given_up = sum(deliveries.stop(session, source, "cancelled") for source in stopped)
    has_delivery = (
        select(Delivery.id)
        .where(Delivery.source_id.in_([source.id for source in stopped]))
        .where(Delivery.customer_id == Recipient.customer_id)
        .exists()
    )
    unprepared = (Recipient.campaign_id == campaign.id) & (Recipient.state == "open") & ~has_delivery
    given_up += move_all(session, Recipient, unprepared, "blocked", reason="cancelled", ended_at=now)
    audit.record(session, campaign.tenant_id, who, "cancel", f"campaign:{campaign.id}", given_up=given_up)
    return given_up


def content_of(
    session: ScopedSession, tenant: Tenant, definition: Definition, step: Step
) -> Mapping[str, Any]:
    """What the source of a wave carries: a text per language, or the flow as it is published now. Raises NotFound without one."""
    said: dict[str, Any] = {"variables": definition.variables}
    if event := notices.event_of(session, definition):
        timing = notices.timing_of(session, tenant, definition)
        assert timing, "an event has its times"
        said = {
            "variables": {**events.variables(event), **definition.variables},
            "about": notices.about(event, timing, tenant),
        }
    if step.channel != "voice":
        said["texts"] = step.message
        return {**said, "answers": expected.by_word(step.answers)} if step.answers else said
    content = call_content(session, tenant, step.flow, said["variables"], step.machine == "counts")
    return {**said, **content}
