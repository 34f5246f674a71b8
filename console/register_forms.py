"""The four forms of R-50: which columns each has, and what stands in them. Screen, PDF and CSV are written from these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from aftersales import registers
from aftersales.registers import CallEntry, FileEntry, LetterEntry, Period
from console import care_words, order_words
from console.web import day, full_moment
from console.words import CAUSES, DIRECTIONS, word


@dataclass(frozen=True)
class Column:
    """A heading and what stands below it; *share* of the page's width on paper, 0 where a list leaves it to the single form."""

    heading: LazyString
    text: Callable[[Any], str]
    share: float = 1.0


@dataclass(frozen=True)
class Form:
    """A form: the entries of a period, and one of them by its id where there is a form for each."""

    title: LazyString
    columns: tuple[Column, ...]
    entries: Callable[[Session, Period], Iterator[Any]]
    one: Callable[[Session, int], Any] | None = None

    @property
    def listed(self) -> list[Column]:
        """The columns of the list."""
        return [column for column in self.columns if column.share]


def _owner(entry: FileEntry) -> str:
    return entry.owner


def _spoke(entry: CallEntry) -> str:
    return f"{entry.agent} ({entry.stood_in_for})" if entry.stood_in_for else entry.agent


def _purpose(entry: CallEntry) -> str:
    blocks = ", ".join(word(care_words.BLOCKS, block) for block in entry.record.blocks)
    return entry.record.purpose or blocks


def _past(entry: FileEntry) -> str:
    order = entry.order
    if order is None:
        return ""
    items = "; ".join(item["text"] for item in order.items)
    return " · ".join(filter(None, (order.number, order.kind, items)))


def _numbers(entry: FileEntry) -> str:
    return ", ".join(number.address for number in entry.numbers)


def _of_vehicle(name: str) -> Callable[[FileEntry], str]:
    def text(entry: FileEntry) -> str:
        value: Any = getattr(entry.vehicle, name, None)
        return day(value) if isinstance(value, date) else str(value or "")

    return text


def _code(words: care_words.Words, name: str) -> Callable[[CallEntry], str]:
    def text(entry: CallEntry) -> str:
        code = getattr(entry.record, name)
        return word(words, code) if code else ""

    return text


FILES = (
    Column(_l("No."), lambda e: str(e.file.id), 0.5),
    Column(_l("Received"), lambda e: day(e.file.intake_on), 1),
    Column(_l("Intake"), lambda e: word(order_words.INTAKES, e.file.intake), 0.8),
    Column(_l("Customer"), lambda e: e.customer.name, 1.3),
    Column(_l("Company"), lambda e: e.customer.company, 0),
    Column(_l("Customer number"), lambda e: e.customer.reference or "", 0),
    Column(_l("Telephone"), _numbers, 1.4),
    Column(_l("Address"), lambda e: e.customer.address, 0),
    Column(_l("Plate"), _of_vehicle("plate"), 0.9),
    Column(_l("Vehicle"), _of_vehicle("model"), 1),
    Column(_l("Kind"), _of_vehicle("kind"), 0),
    Column(_l("Serial number"), _of_vehicle("serial"), 0),
    Column(_l("Sold"), _of_vehicle("sold_on"), 0),
    Column(_l("Warranty until"), _of_vehicle("warranty_until"), 0),
    Column(_l("Next service"), _of_vehicle("next_service_on"), 0),
    Column(_l("Work order"), _past, 0),
    Column(_l("Work done"), lambda e: e.file.service_items, 0),
    Column(_l("Services wished for"), lambda e: e.file.wished_services, 0),
    Column(_l("Next contact"), lambda e: e.file.next_topic, 1.6),
    Column(_l("When"), lambda e: full_moment(e.file.next_contact_at), 1),
    Column(_l("Whose"), _owner, 0.8),
    Column(_l("Due"), lambda e: day(e.file.due_on), 1),
    Column(_l("Late"), lambda e: str(_l("Yes")) if e.file.is_late else "", 0.5),
    Column(_l("Completed"), lambda e: full_moment(e.file.completed_at), 0),
    Column(_l("By"), lambda e: e.file.completed_by, 0),
)
RECORDS = (
    Column(_l("No."), lambda e: str(e.record.id), 0.5),
    Column(_l("Time"), lambda e: full_moment(e.record.at), 1),
    Column(_l("Direction"), lambda e: word(DIRECTIONS, e.record.direction), 0.7),
    Column(_l("Customer"), lambda e: e.customer, 1.1),
    Column(_l("Telephone"), lambda e: e.record.address, 1),
    Column(_l("Plate"), lambda e: e.record.plate, 0),
    Column(_l("Purpose"), _purpose, 1.1),
    Column(_l("What was said"), lambda e: e.record.points, 2.4),
    Column(_l("What came up"), _code(care_words.DEMANDS, "demand"), 0.8),
    Column(_l("And that was"), _code(care_words.REPLIES, "reply"), 0),
    Column(_l("How it ended"), _code(care_words.OUTCOMES, "outcome"), 1),
    Column(_l("Satisfied, 1 to 5"), lambda e: str(e.record.satisfaction or ""), 0.6),
    Column(_l("Call again on"), lambda e: day(e.record.next_on) if e.record.next_on else "", 0.9),
    Column(_l("Recording"), lambda e: e.recording, 0),
    Column(_l("By"), _spoke, 0.9),
)
CALLS = (
    Column(_l("No."), lambda e: str(e.record.id), 0.5),
    Column(_l("Time"), lambda e: full_moment(e.record.at), 1),
    Column(_l("Customer"), lambda e: e.customer, 1.2),
    Column(_l("Telephone"), lambda e: e.record.address, 1.1),
    Column(_l("Direction"), lambda e: word(DIRECTIONS, e.record.direction), 0.8),
    Column(_l("Purpose"), _purpose, 1.4),
    Column(_l("How it ended"), _code(care_words.OUTCOMES, "outcome"), 1.2),
    Column(_l("By"), _spoke, 1),
)


def _letter_code(words: care_words.Words, name: str) -> Callable[[LetterEntry], str]:
    return lambda entry: word(words, getattr(entry.letter, name))


def _letter_cause(entry: LetterEntry) -> str:
    cause = entry.letter.cause
    if not cause:
        return ""
    return word(care_words.POST_CAUSES if entry.letter.means == "post" else CAUSES, cause)


LETTERS = (
    Column(_l("No."), lambda e: str(e.letter.id), 0.5),
    Column(_l("Made"), lambda e: full_moment(e.letter.made_at), 1),
    Column(_l("Kind"), _letter_code(care_words.LETTERS, "kind"), 0.8),
    Column(_l("By"), _letter_code(care_words.LETTER_MEANS, "means"), 0.6),
    Column(_l("Customer"), lambda e: e.customer, 1.1),
    Column(_l("Sent to"), lambda e: e.letter.address, 1.3),
    Column(_l("Subject"), lambda e: e.letter.subject, 1.8),
    Column(_l("Event"), lambda e: e.event, 1),
    Column(_l("Case"), lambda e: e.case, 0),
    Column(_l("Sender"), lambda e: e.letter.sender, 1),
    Column(_l("State"), _letter_code(care_words.LETTER_STATES, "state"), 0.8),
    Column(_l("Why not"), _letter_cause, 1),
    Column(_l("Sent"), lambda e: full_moment(e.letter.sent_at), 0),
    Column(_l("Delivered"), lambda e: full_moment(e.letter.delivered_at), 0),
    Column(_l("Proof"), lambda e: e.letter.proof, 0),
    Column(_l("SHA-256 of the PDF"), lambda e: e.letter.sha256, 0),
)
FORMS: Mapping[str, Form] = {
    "files": Form(_l("Basic customer files"), FILES, registers.files, registers.file),
    "records": Form(_l("Records of calls"), RECORDS, registers.calls, registers.call),
    "calls": Form(_l("Register of calls"), CALLS, registers.calls),
    "letters": Form(_l("Register of letters"), LETTERS, registers.letters, registers.letter),
}
