"""Who a campaign is for: a segment of the customer file, or the customers a CSV file names."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from broadcast.definition import Definition
from broadcast.models import Campaign, Recipient
from core.bulk import in_chunks, insert_new
from core.db import ScopedSession, storable
from core.errors import Fault, Invalid, WrongFields
from core.phone import to_e164
from core.sentences import Sentence, lines
from customers import segments
from customers.models import Customer, CustomerNumber
from customers.segments import Member

MAX_REPORTED = 20
MAX_ROWS = 1_000_000
PAGE = 10_000


def members(
    session: ScopedSession, campaign: Campaign, after_id: int = 0, channel: str = ""
) -> Iterator[Member]:
    """
    Everyone the campaign is for whose customer id is over *after_id*, in id order, a page at a time, with their numbers
    for *channel* (that of the first wave).
    """
    definition = Definition.model_validate(campaign.definition)
    channel = channel or definition.waves[0].channel
    if definition.audience.segment is not None:
        segment = segments.Segment.model_validate(definition.audience.segment)
        yield from segments.members(session, campaign.tenant_id, segment, channel, after_id=after_id)
        return
    chosen = select(Recipient.customer_id).where(Recipient.campaign_id == campaign.id)
    yield from segments.members_of(session, campaign.tenant_id, chosen, channel, after_id=after_id)


def ids(session: ScopedSession, campaign: Campaign) -> Iterator[int]:
    """The customer ids of everyone the campaign is for, in order; far cheaper than their numbers and fields."""
    chosen = Definition.model_validate(campaign.definition).audience.segment
    if chosen is not None:
        segment = segments.Segment.model_validate(chosen)
        yield from segments.ids(session, campaign.tenant_id, segment)
        return
    named = select(Recipient.customer_id).where(Recipient.campaign_id == campaign.id)
    yield from session.scalars(named.order_by(Recipient.customer_id).execution_options(yield_per=PAGE))


def read_file(session: ScopedSession, campaign: Campaign, region: str, name: str, folder: Path | None) -> int:
    """
    Note the customers that file *name* in *folder* names, one a line by customer reference or number; how many.

    Raises Invalid listing the lines that name nobody, or more than one.
    """
    wanted = _lines(name, folder)
    found, wrong = _resolve(session, wanted, region)
    if wrong:
        more = (
            [Sentence("… and {count} more", count=len(wrong) - MAX_REPORTED)]
            if len(wrong) > MAX_REPORTED
            else []
        )
        raise Invalid("audience_rows", lines([*wrong[:MAX_REPORTED], *more]))
    rows = [
        {"tenant_id": campaign.tenant_id, "campaign_id": campaign.id, "customer_id": customer_id}
        for customer_id in dict.fromkeys(found)
    ]
    return insert_new(session, Recipient, rows)


def _lines(name: str, folder: Path | None) -> list[tuple[int, str]]:
    if folder is None or Path(name).name != name:
        raise _no_list(Sentence("enter the name of a file beside the campaign's document"))
    try:
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            found = [(rows.line_num, storable(row[0]).strip()) for row in rows if row and row[0].strip()]
    except OSError:
        raise _no_list(
            Sentence("there is no file {name} beside the campaign's document", name=name)
        ) from None
    except (UnicodeDecodeError, csv.Error):
        raise _no_list(Sentence("{name} is no UTF-8 text with one customer a line", name=name)) from None
    if not found or len(found) > MAX_ROWS:
        raise _no_list(
            Sentence("{name} must name between 1 and {most:,} customers", name=name, most=MAX_ROWS)
        )
    return found


def _no_list(said: Sentence) -> WrongFields:
    return WrongFields([Fault("audience.file", "audience_file", said)], "audience_file")


def _resolve(
    session: ScopedSession, wanted: list[tuple[int, str]], region: str
) -> tuple[list[int], list[Sentence]]:
    by_reference: dict[str, int] = {}
    by_number: dict[str, set[int]] = {}
    numbers = {value: number for _, value in wanted if (number := _number(value, region))}
    for chunk in in_chunks([value for _, value in wanted]):
        rows = session.execute(select(Customer.reference, Customer.id).where(Customer.reference.in_(chunk)))
        by_reference.update({str(row.reference): row.id for row in rows})
    for chunk in in_chunks(sorted(set(numbers.values()))):
        rows = session.execute(
            select(CustomerNumber.address, CustomerNumber.customer_id).where(
                CustomerNumber.address.in_(chunk)
            )
        )
        for row in rows:
            by_number.setdefault(row.address, set()).add(row.customer_id)
    found, wrong = [], []
    for line, value in wanted:
        holders = by_number.get(numbers.get(value, ""), set())
        if value in by_reference:
            found.append(by_reference[value])
        elif len(holders) == 1:
            found.extend(holders)
        else:
            wrong.append(_nobody(line, value, len(holders)))
    return found, wrong


def _nobody(line: int, value: str, holders: int) -> Sentence:
    if not holders:
        return Sentence(
            "line {line}: {value}: nobody has this reference or number; enter a customer's reference",
            line=line,
            value=value[:40],
        )
    return Sentence(
        "line {line}: {value}: {count} customers share this number; enter a customer's reference",
        line=line,
        value=value[:40],
        count=holders,
    )


def _number(value: str, region: str) -> str:
    try:
        return to_e164(value, region)
    except Invalid:
        return ""
