"""Everybody on the list once, as things stand: may they be contacted now, what does it take, and whose message looks worst."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from broadcast import audience
from broadcast.checking import of_customer
from broadcast.models import Campaign
from broadcast.preview import Worst
from core.db import ScopedSession
from core.errors import Invalid
from core.models import Tenant
from core.phone import region_of
from customers.contact_policy import Blocked, Held, decide
from customers.facts import Request, facts_for
from customers.profile import profile_for
from customers.segments import Member
from outbound.channels import CHANNELS
from outbound.segments import too_costly
from outbound.work import text_in

PAGE = 2_000
MAX_REPORTED = 10


@dataclass
class Survey:
    """What the pass over the list found. *held_until* are the first and the last instant at which somebody held may go."""

    targeted: int = 0
    allowed: int = 0
    held: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)
    held_until: list[datetime] = field(default_factory=list)
    units: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def hold(self, decision: Held) -> None:
        """Somebody who may be contacted later."""
        self.held[decision.rule] += 1
        known = [*self.held_until, decision.until]
        self.held_until = [min(known), max(known)]

    def to_dict(self) -> dict[str, Any]:
        """As it is kept with a rehearsal."""
        return {
            "targeted": self.targeted,
            "allowed_now": self.allowed,
            "held": dict(self.held),
            "held_until": [at.isoformat() for at in self.held_until],
            "blocked": dict(self.blocked),
            "longest": dict(self.units),
            "wrong": self.wrong,
        }


def survey(
    session: ScopedSession,
    campaign: Campaign,
    content: Mapping[str, Any],
    channel: str,
    at: datetime,
    tell: Callable[[int], None],
) -> tuple[Survey, Worst]:
    """Ask the contact policy about everyone at *at* and look at each message; *tell* is told how many were looked at."""
    tenant = session.get_one(Tenant, campaign.tenant_id)
    found, worst = Survey(), _worst(content, channel)
    for page in _pages(audience.members(session, campaign, channel=channel)):
        sound = [one for one in page if _look_at(one, content, channel, found, worst)]
        _ask(session, tenant, campaign, channel, sound, found, at)
        tell(found.targeted)
    return found, worst


def _pages(members: Iterable[Member]) -> Iterator[list[Member]]:
    walk = iter(members)
    return iter(lambda: list(islice(walk, PAGE)), [])


def _worst(content: Mapping[str, Any], channel: str) -> Worst:
    texts = content["texts"].values()
    used = frozenset().union(*(CHANNELS[channel].placeholders(text) for text in texts))
    is_plain = channel == "sms" and not any(too_costly(str(text["text"])) for text in texts)
    return Worst(used - set(content["variables"]), is_plain)


def _look_at(member: Member, content: Mapping[str, Any], channel: str, found: Survey, worst: Worst) -> bool:
    """Whether a message to *member* can be made and no other takes it already."""
    found.targeted += 1
    if member.address is None:
        found.blocked["no_number"] += 1
        return False
    values = {**content["variables"], **member.fields}
    try:
        units = CHANNELS[channel].check(text_in(content, member.language), values, member.language)
    except Invalid as error:
        found.blocked["content"] += 1
        if len(found.wrong) < MAX_REPORTED:
            found.wrong.append(of_customer(member, error.message))
        return False
    worst.offer(member.customer_id, member.fields, units)
    found.units[str(units)] += 1
    if member.address in found.seen:
        found.blocked["shared_address"] += 1
        return False
    found.seen.add(member.address)
    return True


def _ask(
    session: ScopedSession,
    tenant: Tenant,
    campaign: Campaign,
    channel: str,
    members: Sequence[Member],
    found: Survey,
    at: datetime,
) -> None:
    name = f"campaign:{campaign.id}"
    requests = [
        Request(one.customer_id, str(one.address), channel, campaign.purpose, name) for one in members
    ]
    for facts in facts_for(session, tenant, requests, at):
        match decide(facts, profile_for(tenant.policy, region_of(facts.address)), at):
            case Held() as held:
                found.hold(held)
            case Blocked(rule):
                found.blocked[rule] += 1
            case _:
                found.allowed += 1
