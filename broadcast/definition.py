"""
A campaign as its YAML says it.

    name: Autumn service reminder
    purpose: marketing                 # marketing, service or transactional: decides which consent and hours apply
    channel: sms                       # voice, sms or fax
    audience:
      segment: {tags: [autumn]}        # as in customers/segments.py; or `file: list.csv` with customer references or numbers
    ends_after_h: 48                   # what is not brought by then expires
    variables:                         # the same for everyone; the customer's own fields are always there
      company: Lakeside Motors
    message:
      en: {text: "Lakeside Motors: {{ name }}, your service is due. Reply STOP to opt out."}
      zh: {text: "湖滨汽车：{{ name }}，您的爱车该保养了。退订请致电 800-820-1234 按 9。"}
    retries: {busy: {times: 3, after_s: 300}}
    answers: {yes: [1, yes, 好], no: [2, no]}         # what replies mean (broadcast/expected.py)

A voice campaign plays a published flow instead: `message: {flow: survey}`; `machine: counts` says that whoever was left a
message on an answering machine has been reached (`does_not_count`, unless told). A fax campaign's texts have a `subject` and
`paragraphs`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, StringConstraints, model_validator

from broadcast.expected import Answers, problems
from core import fields
from core.errors import Invalid
from core.fields import Strict
from core.yaml import parse
from customers.segments import Segment
from outbound.retry import RETRIES

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
LANGUAGES = ("en", "zh")
# after these a further try may help, on one channel or another
CAUSES = frozenset().union(*RETRIES.values())


class Audience(Strict):
    """Whom to reach: a segment of the customer file, or the customers named in a CSV file beside the document."""

    segment: dict[str, str | list[str]] | None = None
    file: Word | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Audience:
        if (self.segment is None) == (self.file is None):
            raise ValueError("enter either `segment` or `file`")
        return self


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


class Definition(Strict):
    """One campaign of one wave."""

    name: Word
    purpose: Literal["marketing", "service", "transactional"]
    channel: Literal["voice", "sms", "fax"]
    audience: Audience
    message: dict[str, Any] = Field(min_length=1)
    variables: dict[Word, Annotated[str, StringConstraints(max_length=400)]] = Field(default_factory=dict)
    retries: dict[str, Retry] = Field(default_factory=dict)
    ends_after_h: int = Field(48, ge=1, le=24 * 60)
    answers: Answers = Field(default_factory=dict)
    machine: Literal["counts", "does_not_count"] | None = None

    @property
    def flow(self) -> str:
        """The flow a voice campaign plays."""
        return str(self.message["flow"]) if self.channel == "voice" else ""


def read(text: str) -> Definition:
    """The campaign in the YAML document *text*. Raises Invalid naming each wrong field."""
    found = parse(text)
    if not isinstance(found, dict):
        raise Invalid("campaign_shape", "a campaign starts with fields such as `name:` and `channel:`")
    wrong: list[str] = []
    definition = _read(Definition, found, "", wrong)
    if definition is not None:
        _check_parts(definition, wrong)
    if definition is None or wrong:
        raise Invalid("campaign_fields", "\n".join(wrong))
    return definition


def _check_parts(definition: Definition, wrong: list[str]) -> None:
    """What fits together only by the channel, or is read by others."""
    if definition.audience.segment is not None:
        _read(Segment, definition.audience.segment, "audience.segment", wrong)
    if unknown := sorted(set(definition.retries) - CAUSES):
        wrong.append(
            f"retries: nothing is tried again for {', '.join(unknown)}; enter {', '.join(sorted(CAUSES))}"
        )
    if definition.answers and definition.channel != "sms":
        wrong.append("answers: only texts are answered by words; remove this field")
    wrong += problems(definition.answers)
    if definition.machine and definition.channel != "voice":
        wrong.append("machine: only calls meet answering machines; remove this field")
    if definition.channel == "voice":
        _read(PlayedFlow, definition.message, "message", wrong)
        return
    if unknown := sorted(set(definition.message) - set(LANGUAGES)):
        wrong.append(
            f"message: holds a text for each language, {' or '.join(LANGUAGES)}, not {', '.join(unknown)}"
        )
        return
    shape = SmsText if definition.channel == "sms" else LetterText
    for language, said in definition.message.items():
        _read(shape, said, f"message.{language}", wrong)


Shape = TypeVar("Shape", bound=BaseModel)


def _read(shape: type[Shape], found: object, where: str, wrong: list[str]) -> Shape | None:
    return fields.read(shape, found, where, wrong, "campaign")
