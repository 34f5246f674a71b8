"""
A campaign as its YAML says it.

    name: Autumn service reminder
    purpose: marketing                 # marketing, service or transactional: decides which consent and hours apply
    channel: sms                       # voice, sms or fax
    audience:
      segment: {tags: [autumn]}        # as in customers/segments.py; or `file: list.csv` with customer references or numbers
    ends_after_h: 48                   # what is not brought by then expires
    event: 3                           # instead: what it invites to, whose date says when it ends (broadcast/notices.py)
    variables:                         # the same for everyone; the customer's own fields are always there
      company: Lakeside Motors
    message:
      en: {text: "Lakeside Motors: {{ name }}, your service is due. Reply STOP to opt out."}
      zh: {text: "湖滨汽车：{{ name }}，您的爱车该保养了。退订请致电 800-820-1234 按 9。"}
    retries: {busy: {times: 3, after_s: 300}}
    answers: {yes: [1, yes, 好], no: [2, no]}         # what replies mean (broadcast/expected.py)

A voice campaign plays a published flow instead, a fax campaign brings a letter: see step.py for the fields of a wave. This
is one wave. Several stand in a list; each is for those whom none before has reached:

    waves:
      - {channel: voice, message: {flow: survey}}
      - {channel: sms, after_h: 2, message: {en: {text: "{{ name }}, we could not reach you. Call 800-820-1234."}}}
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from broadcast import step as steps
from broadcast.limits import Limits
from broadcast.step import MAX_H, Step, Word, place
from core import fields
from core.db import MAX_ID
from core.errors import Fault, Invalid, WrongFields
from core.fields import OnOneLine, Strict
from core.sentences import Sentence
from core.yaml import parse
from customers.segments import Segment

MAX_WAVES = 9
OF_A_WAVE = Sentence("each wave has its own; move it into `waves`")


class Audience(Strict):
    """Whom to reach: a segment of the customer file, or the customers named in a CSV file beside the document."""

    segment: dict[str, str | list[str]] | None = None
    file: Word | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Audience:
        if (self.segment is None) == (self.file is None):
            raise ValueError(Sentence("enter either `segment` or `file`"))
        return self


class Frame(Limits):
    """What a campaign has besides its waves; its limits are in broadcast/limits.py."""

    name: Annotated[Word, OnOneLine]
    purpose: Literal["marketing", "service", "transactional"]
    audience: Audience
    variables: dict[Word, Annotated[str, StringConstraints(max_length=400)]] = Field(default_factory=dict)
    ends_after_h: int = Field(48, ge=1, le=MAX_H)
    event: int | None = Field(None, ge=1, le=MAX_ID)


class Definition(Frame):
    """One campaign: whom to reach, and the *waves* that try one after the other."""

    waves: list[Step] = Field(min_length=1, max_length=MAX_WAVES)

    @model_validator(mode="before")
    @classmethod
    def _one_wave(cls, found: Any) -> Any:
        """A document whose only wave stands at the top, as campaigns were kept before there were several."""
        if not isinstance(found, dict) or "waves" in found:
            return found
        frame, wave = _parted(found)
        return {**frame, "waves": [wave]}


def read(text: str) -> Definition:
    """The campaign in the YAML document *text*. Raises WrongFields naming each, or Invalid for what is no campaign; waves count from 1."""
    found = parse(text)
    if not isinstance(found, dict):
        raise Invalid("campaign_shape", "a campaign starts with fields such as `name:` and `channel:`")
    wrong: list[Fault] = []
    waves, rest = found.get("waves"), {name: value for name, value in found.items() if name != "waves"}
    top, wave = _parted(rest)
    frame = fields.read(Frame, top, "", wrong, "campaign")
    if frame is not None and frame.audience.segment is not None:
        fields.read(Segment, frame.audience.segment, "audience.segment", wrong, "campaign")
    if "waves" in found:
        wrong += [Fault(name, "misplaced", OF_A_WAVE) for name in wave]
        read_waves = _waves(waves, wrong)
    else:
        read_waves = {"": steps.read(wave, "", wrong)}
    if frame is not None and frame.event is None and not wrong:
        _check_times(frame, read_waves, wrong)
    if frame is None or wrong:
        raise WrongFields(wrong, "campaign_fields")
    return Definition(**dict(frame), waves=list(filter(None, read_waves.values())))


def where_of(definition: Definition, position: int) -> str:
    """What messages call the wave at *position*, counted from 1: "" if it is the only one."""
    return f"waves.{position}" if len(definition.waves) > 1 else ""


def _parted(found: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of a document belongs to the campaign, and what to its only wave."""
    is_wave = Step.model_fields.keys()
    top = {name: value for name, value in found.items() if name not in is_wave}
    return top, {name: value for name, value in found.items() if name in is_wave}


def _waves(found: Any, wrong: list[Fault]) -> dict[str, Step | None]:
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_WAVES:
        said = Sentence(
            "enter a list of 1 to {most} waves, each with a `channel:` and its `message:`", most=MAX_WAVES
        )
        wrong.append(Fault("waves", "too_many", said))
        return {}
    return {f"waves.{n}": steps.read(one, f"waves.{n}", wrong) for n, one in enumerate(found, 1)}


def _check_times(frame: Frame, waves: Mapping[str, Step | None], wrong: list[Fault]) -> None:
    """A wave that could begin only after the end would never be sent."""
    begins = timedelta()
    for where, wave in waves.items():
        assert wave is not None  # else something was wrong
        begins += wave.after
        if begins >= timedelta(hours=frame.ends_after_h):
            name = place(where, "after_days" if wave.after_days else "after_h")
            hours = begins // timedelta(hours=1)
            said = Sentence(
                "begins {hours} hours after the launch at the earliest, when all is over; "
                "shorten it, or enter more than {hours} for ends_after_h",
                hours=hours,
            )
            wrong.append(Fault(name, "too_late", said))
            return
