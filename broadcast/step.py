"""
One wave as a campaign's YAML says it: a channel, what is said on it, and when it begins for each person.

    channel: fax
    after_days: 2                      # after the end of that person's wave before (the first: after the launch); after_h too
    within_days: 4                     # not brought by then it expires, counted the same way; within_h too
    next_number: [bad_number]          # after these causes the same person's next number is tried
    message:
      en: {subject: Open day, paragraphs: ["Dear {{ name }}", "come and see us."]}
    retries: {busy: {times: 3, after_s: 300}}

A voice wave plays a published flow: `message: {flow: survey}`; `machine: counts` says that whoever was left a message on an
answering machine has been reached (`does_not_count`, unless told). An SMS has a `text` in each language; `answers: {yes: [1,
yes, 好], no: [2, no]}` is what replies to it mean (broadcast/expected.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from broadcast.expected import Answers, problems
from core import fields
from core.errors import Fault
from core.fields import Strict
from core.languages import LANGUAGES
from core.sentences import Sentence
from outbound.retry import RETRIES

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
# after these a further try may help, on one channel or another
CAUSES = frozenset().union(*RETRIES.values())
# after these another number of the same person may help, and nothing can have arrived at the first
ELSEWHERE = ("bad_number", "busy", "handset_off", "network", "no_answer", "not_a_fax", "too_fine")
# those that condemn the number itself
CONDEMNED = ("bad_number", "not_a_fax")
MAX_H = 24 * 60
ONLY_TEXTS = Sentence("only texts are answered by words; remove this field")
ONLY_CALLS = Sentence("only calls meet answering machines; remove this field")
OVER_AT_ONCE = Sentence("the wave would be over before it begins; enter more than after")
Hours = Annotated[int, Field(ge=0, le=MAX_H)]
Days = Annotated[int, Field(ge=0, le=MAX_H // 24)]


class SmsText(Strict):
    """What an SMS says."""

    text: Body


class LetterText(Strict):
    """What a fax letter says."""

    subject: Word
    paragraphs: list[Body] = Field(min_length=1, max_length=40)


class PlayedFlow(Strict):
    """The published flow an answered call plays."""

    flow: Word


class Retry(Strict):
    """How often and how long after its end a failure is tried again."""

    times: int = Field(ge=0, le=10)
    after_s: int = Field(ge=30, le=604_800)


class Step(Strict):
    """One wave, for everybody no wave before has reached. Hours and days add up."""

    channel: Literal["voice", "sms", "fax"]
    message: dict[str, Any] = Field(min_length=1)
    retries: dict[str, Retry] = Field(default_factory=dict)
    next_number: list[Word] = Field(default_factory=lambda: list(CONDEMNED))
    after_h: Hours = 0
    after_days: Days = 0
    within_h: Hours = 0
    within_days: Days = 0
    answers: Answers = Field(default_factory=dict)
    machine: Literal["counts", "does_not_count"] | None = None

    @property
    def flow(self) -> str:
        """The flow a voice wave plays."""
        return str(self.message["flow"]) if self.channel == "voice" else ""

    @property
    def after(self) -> timedelta:
        """How long after the end of a person's wave before it may begin for that person."""
        return timedelta(hours=self.after_h, days=self.after_days)

    @property
    def within(self) -> timedelta | None:
        """How long after that end it is given up; None: only with the campaign."""
        return timedelta(hours=self.within_h, days=self.within_days) or None


def read(found: object, where: str, wrong: list[Fault]) -> Step | None:
    """The wave *found* at *where* in its document; what does not fit is added to *wrong*, a fault a field."""
    step = fields.read(Step, found, where, wrong, "campaign")
    if step is None:
        return None
    before = len(wrong)
    _check_words(step, where, wrong)
    _check_message(step, where, wrong)
    return step if len(wrong) == before else None


def place(where: str, name: str) -> str:
    """What messages call field *name* of the wave at *where*, "" where the document is the wave."""
    return f"{where}.{name}" if where else name


def _check_words(step: Step, where: str, wrong: list[Fault]) -> None:
    if unknown := sorted(set(step.retries) - CAUSES):
        said = Sentence(
            "nothing is tried again for {unknown}; enter {words}", unknown=unknown, words=sorted(CAUSES)
        )
        wrong.append(Fault(place(where, "retries"), "unknown", said))
    if unknown := sorted(set(step.next_number) - set(ELSEWHERE)):
        said = Sentence(
            "no other number is tried for {unknown}; enter {words}", unknown=unknown, words=ELSEWHERE
        )
        wrong.append(Fault(place(where, "next_number"), "unknown", said))
    if step.answers and step.channel != "sms":
        wrong.append(Fault(place(where, "answers"), "misplaced", ONLY_TEXTS))
    wrong += [replace(fault, field=place(where, fault.field)) for fault in problems(step.answers)]
    if step.machine and step.channel != "voice":
        wrong.append(Fault(place(where, "machine"), "misplaced", ONLY_CALLS))
    if step.within is not None and step.within <= step.after:
        name = "within_days" if step.within_days else "within_h"
        wrong.append(Fault(place(where, name), "too_short", OVER_AT_ONCE))


def _check_message(step: Step, where: str, wrong: list[Fault]) -> None:
    """What fits together only by the channel."""
    message = place(where, "message")
    if step.channel == "voice":
        fields.read(PlayedFlow, step.message, message, wrong, "campaign")
        return
    if unknown := sorted(set(step.message) - set(LANGUAGES)):
        said = Sentence(
            "holds a text for each language: {words}; not {unknown}", words=LANGUAGES, unknown=unknown
        )
        wrong.append(Fault(message, "unknown", said))
        return
    shape = SmsText if step.channel == "sms" else LetterText
    for language, said in step.message.items():
        fields.read(shape, said, f"{message}.{language}", wrong, "campaign")
