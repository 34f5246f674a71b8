"""The population file: who has an account, which numbers are ours, how subscribers behave, who rings in.

Every scalar is read as text, so telephone numbers need no quotes and lose no plus. All parts but `accounts` may be
left out. Shares are weights: they need not add up to 100.

    accounts:
      - sid: AC00000000000000000000000000000001
        token: secret
        cps: 5                    # calls and faxes started per real second, default 1
        lines: 40                 # calls at once, default unlimited
        max_queue_s: 86400        # longer queues are refused with 22005
        max_concurrent_requests: 100     # more are refused with 20429, default unlimited
        fax_signing_key: PSK_x    # signs X-SignalWire-Signature, default the token
    numbers:                      # ours: may be dialled by subscribers and may send
      +18005550100: {account: AC00000000000000000000000000000001, voice_url: http://127.0.0.1:8000/ivr/voice,
                     voice_fallback_url: ..., status_callback: ..., sms_url: ..., sms_fallback_url: ...}
    subscribers:
      invalid_is: dial            # an invalid number fails when dialled (SIP 404), or at `create` (21211)
      default: mobile             # kind of a number no prefix names: mobile, landline or fax
      prefixes: {+1888: landline, +1777: fax}       # the longest wins
      mobile:                     # the same keys for landline and fax
        voice: {human: 60, machine: 20, busy: 5, no_answer: 10, invalid: 3, hang_up_early: 2}
        text: {delivered: 95, unreachable: 3, unknown: 2}
        fax: {voice: 100}
        scripts: [{keys: ["1", "5", "", "9"], weight: 3}, {keys: ["12#"], weight: 1}]
        replies: [{body: STOP, percent: 2, after_s: 30}]
        rings_back: {percent: 10, after_s: 300, scripts: [{keys: ["1", "1"]}]}     # who did not answer our call
        talk_s: 40                # length of a conversation after <Dial>
        message_s: 8              # length of a message after <Record>
        greeting_s: 9             # length of a machine's greeting
        beeps: 90                 # percent of the machines that beep after it
        detector: {unknown: 2, wrong: 3}     # percent of answered calls its detection cannot tell, and mistakes
      numbers:                    # single numbers; a list is for the 1st, 2nd ... attempt, its last value stays
        +15550000001: {kind: mobile, voice: [busy, human], keys: ["1"], text: delivered, reply: STOP}
        +15550000002: {voice: machine, greeting_s: 20, beeps: no, heard_as: human}       # or machine, fax, nobody
    callers:                      # people who ring our numbers all the while
      - {rate_per_min: 6, to: [+18005550100], from_prefix: +1555, scripts: [{keys: ["1"]}], hang_up_after_s: 90,
         message_s: 12}
    faults:                       # see faults.py; those with `percent` are the weather
      - {kind: drop_answer, channel: texts, count: 3}
      - {kind: delay_callback, percent: 5, seconds: 2}

`keys` are what a person enters at one <Gather> after another: digits, `#` and `*`, "" for silence, `say:words` for
speech.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from exchange.faults import Fault

E164 = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
Prefix = Annotated[str, Field(pattern=r"^\+[1-9]\d{0,14}$")]
Entry = Annotated[str, Field(pattern=r"^([0-9A-D#*]*|say:.+)$", max_length=200)]
Share = Annotated[float, Field(ge=0)]
Percent = Annotated[float, Field(ge=0, le=100)]
HeardAs = Literal["human", "machine", "fax", "nobody"]
Kind = Literal["mobile", "landline", "fax"]
Voice = Literal["human", "machine", "busy", "no_answer", "invalid", "hang_up_early", "fax"]
TextEnd = Literal[
    "delivered", "sent", "unreachable", "blocked", "unknown", "landline", "filtered", "failed", "refused"
]
FaxEnd = Literal["good", "busy", "no_answer", "voice", "poor_line", "cut", "no_fine", "invalid"]


class BadPopulation(Exception):
    """The population file cannot be used; the message names the place and what is allowed there."""


class Part(BaseModel):
    """A part of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Account(Part):
    """One customer of the exchange."""

    sid: Annotated[str, Field(pattern=r"^(AC[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
    token: Annotated[str, Field(min_length=1)]
    name: str = "Account"
    cps: Annotated[float, Field(gt=0)] = 1.0
    lines: Annotated[int, Field(gt=0)] | None = None
    max_queue_s: Annotated[float, Field(gt=0)] = 86_400.0
    max_concurrent_requests: Annotated[int, Field(gt=0)] | None = None
    fax_signing_key: str | None = None


class Number(Part):
    """One number we own and what answers it."""

    account: str
    voice_url: str | None = None
    voice_fallback_url: str | None = None
    status_callback: str | None = None
    sms_url: str | None = None
    sms_fallback_url: str | None = None


class Script(Part):
    """What a person enters at one Gather after another."""

    keys: list[Entry]
    weight: Share = 1.0


class Reply(Part):
    """A text some people send back."""

    body: str
    percent: Annotated[float, Field(ge=0, le=100)]
    after_s: Annotated[float, Field(ge=0)] = 20.0


class RingsBack(Part):
    """How many of those who did not answer ring the number that rang them, after *after_s*, and what they press."""

    percent: Percent
    after_s: Annotated[float, Field(ge=0)] = 300.0
    scripts: list[Script] = []


class Detector(Part):
    """How often answering machine detection fails, in percent of the calls that are answered."""

    unknown: Percent = 0.0
    wrong: Percent = 0.0


class Manners(Part):
    """How the subscribers of one kind of line behave."""

    voice: dict[Voice, Share] = {"human": 1}
    text: dict[TextEnd, Share] = {"delivered": 1}
    fax: dict[FaxEnd, Share] = {"voice": 1}
    scripts: list[Script] = []
    replies: list[Reply] = []
    rings_back: RingsBack | None = None
    talk_s: Annotated[float, Field(gt=0)] = 40.0
    message_s: Annotated[float, Field(ge=0)] = 8.0
    greeting_s: Annotated[float, Field(ge=0)] = 9.0
    beeps: Percent = 100.0
    detector: Detector = Detector()

    @field_validator("voice", "text", "fax")
    @classmethod
    def _something_happens(cls, shares: dict[str, float]) -> dict[str, float]:
        if not sum(shares.values()):
            raise ValueError("at least one share must be above 0")
        return shares


class Override(Part):
    """How one single number behaves; a list is one value an attempt."""

    kind: Kind | None = None
    voice: Voice | list[Voice] | None = None
    text: TextEnd | list[TextEnd] | None = None
    fax: FaxEnd | list[FaxEnd] | None = None
    keys: list[Entry] | None = None
    reply: str | None = None
    reply_after_s: Annotated[float, Field(ge=0)] = 20.0
    answer_after_s: Annotated[float, Field(ge=0)] | None = None
    hang_up_after_s: Annotated[float, Field(ge=0)] | None = None
    talk_s: Annotated[float, Field(gt=0)] | None = None
    patience_s: Annotated[float, Field(gt=0)] | None = None
    message_s: Annotated[float, Field(ge=0)] | None = None
    greeting_s: Annotated[float, Field(ge=0)] | None = None
    beeps: bool | None = None
    heard_as: HeardAs | None = None


class SubscriberBook(Part):
    """All subscribers: kinds, prefixes, single numbers."""

    invalid_is: Literal["dial", "create"] = "dial"
    default: Kind = "mobile"
    prefixes: dict[Prefix, Kind] = {}
    mobile: Manners = Manners()
    landline: Manners = Manners(text={"refused": 1})
    fax: Manners = Manners(voice={"fax": 1}, text={"refused": 1}, fax={"good": 1})
    numbers: dict[E164, Override] = {}


class Caller(Part):
    """A stream of people who ring us; rates are per real minute."""

    rate_per_min: Annotated[float, Field(gt=0)]
    to: Annotated[list[E164], Field(min_length=1)]
    from_prefix: Prefix = "+1555"
    scripts: list[Script] = []
    hang_up_after_s: Annotated[float, Field(gt=0)] | None = None
    patience_s: Annotated[float, Field(gt=0)] | None = None
    message_s: Annotated[float, Field(ge=0)] = 8.0


class Population(Part):
    """The whole file."""

    accounts: Annotated[list[Account], Field(min_length=1)]
    numbers: dict[E164, Number] = {}
    subscribers: SubscriberBook = SubscriberBook()
    callers: list[Caller] = []
    faults: list[Fault] = []

    @model_validator(mode="after")
    def _names_agree(self) -> Population:
        known = {account.sid for account in self.accounts}
        if len(known) < len(self.accounts):
            raise ValueError("two accounts have the same sid")
        for number, owned in self.numbers.items():
            if owned.account not in known:
                raise ValueError(f"numbers.{number}.account: no account has the sid {owned.account!r}")
        for caller in self.callers:
            for number in caller.to:
                if number not in self.numbers:
                    raise ValueError(f"callers.to: {number} is not one of the numbers above")
        return self


class _TextLoader(yaml.BaseLoader):
    """Reads every scalar as text and refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise BadPopulation(f"line {line}: {key.value} is given twice; keep one of them")
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def load(path: Path) -> Population:
    """Read and check the population file at *path*."""
    try:
        data = _TextLoader(path.read_text(encoding="utf-8")).get_single_data()
    except OSError as error:
        raise BadPopulation(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadPopulation(f"{path} is not YAML: {error}") from error
    except BadPopulation as error:
        raise BadPopulation(f"{path}: {error}") from error
    try:
        return check(data)
    except BadPopulation as error:
        raise BadPopulation(f"{path}:\n{error}") from error


def check(data: object) -> Population:
    """The population in *data*; BadPopulation lists every wrong key with what is allowed."""
    try:
        return Population.model_validate(data)
    except ValidationError as error:
        raise BadPopulation("\n".join(_explain(fault) for fault in error.errors())) from error


def _explain(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"] if part != "[key]") or "the file"
    if fault["type"] == "extra_forbidden":
        return f"{place}: unknown key"
    given = "" if isinstance(fault.get("input"), dict | list) else f" (given: {fault.get('input')!r})"
    return f"{place}: {fault['msg'].removeprefix('Value error, ')}{given}"
