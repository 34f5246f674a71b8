from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from core.db import ScopedSession
from core.errors import Invalid, NotFound
from core.models import Tenant
from customers import consent
from customers.contact_policy import Allowed, Blocked, Held
from customers.models import CHANNELS, PURPOSES, Touch
from customers.why import why, why_each

NEW_YORK = "+12125550101"
AT = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
MakeCustomer = Callable[..., int]


def tenant(session: ScopedSession) -> Tenant:
    return session.get_one(Tenant, 1)


def test_why_picks_the_number_and_shows_every_rule(ours: ScopedSession, customer: MakeCustomer) -> None:
    ann = customer(ours, NEW_YORK)
    here = tenant(ours)

    answer = why(ours, here, ann, "sms", "marketing", AT)

    assert (answer.decision, answer.address) == (Blocked("consent", "express_written"), NEW_YORK)
    assert [check.rule for check in answer.checks if check.passed is False] == ["consent"]
    consent.give(ours, 1, [ann], "marketing", "express_written", "form", AT)
    assert why(ours, here, ann, "sms", "marketing", AT).decision == Allowed()
    night = AT.replace(hour=4)
    held = why(ours, here, ann, "sms", "marketing", night).decision
    assert held == Held("quiet_hours", "08:00-21:00 America/New_York", AT.replace(hour=13))


def test_why_says_that_there_is_no_number_for_the_channel(
    ours: ScopedSession, customer: MakeCustomer
) -> None:
    ann = customer(ours, NEW_YORK)

    answer = why(ours, tenant(ours), ann, "fax", "service", AT)

    assert (answer.decision, answer.address) == (Blocked("number_type", ""), "")


def test_why_about_nobody_says_so(ours: ScopedSession) -> None:
    with pytest.raises(NotFound, match="there is no customer 99"):
        why(ours, tenant(ours), 99, "sms", "service", AT)


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "1999-12-31T23:59:59+00:00", "9999-12-31T23:59:59-12:00"]
)
def test_why_at_a_time_beyond_all_calendars_says_what_to_enter(
    ours: ScopedSession, customer: MakeCustomer, at: str
) -> None:
    with pytest.raises(Invalid, match="enter a time between 2000 and 2099"):
        why(ours, tenant(ours), customer(ours, NEW_YORK), "sms", "service", datetime.fromisoformat(at))


def test_why_counts_what_the_campaign_tried(ours: ScopedSession, customer: MakeCustomer) -> None:
    ann = customer(ours, NEW_YORK)
    consent.give(ours, 1, [ann], "marketing", "express_written", "form", AT)
    for days in (40, 35, 31):
        ours.add(
            Touch(
                tenant_id=1,
                customer_id=ann,
                address=NEW_YORK,
                channel="sms",
                direction="out",
                purpose="marketing",
                source=f"attempt:{days}",
                campaign="campaign:7",
                at=AT - timedelta(days=days),
            )
        )
    ours.flush()

    assert why(ours, tenant(ours), ann, "sms", "marketing", AT).decision == Allowed()
    in_campaign = why(ours, tenant(ours), ann, "sms", "marketing", AT, "campaign:7")
    assert in_campaign.decision == Blocked("frequency", "3/campaign")


def test_every_channel_and_purpose_is_answered_as_if_it_were_asked_alone(
    ours: ScopedSession, customer: MakeCustomer
) -> None:
    ann = customer(ours, NEW_YORK)

    answers = why_each(ours, tenant(ours), ann, AT)

    assert {(channel, purpose) for channel, row in answers.items() for purpose in row} == {
        (channel, purpose) for channel in CHANNELS for purpose in PURPOSES
    }
    for channel, row in answers.items():
        for purpose, answer in row.items():
            assert answer == why(ours, tenant(ours), ann, channel, purpose, AT)


def test_a_held_check_says_until_when_and_where(ours: ScopedSession, customer: MakeCustomer) -> None:
    ann = customer(ours, NEW_YORK)

    answer = why(ours, tenant(ours), ann, "voice", "transactional", AT.replace(hour=4))

    assert (answer.zones, answer.profile) == (("America/New_York",), "us")
    [held] = [check for check in answer.checks if check.passed is False]
    assert (held.rule, held.until) == ("quiet_hours", AT.replace(hour=13))
