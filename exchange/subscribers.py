"""What a subscriber does, decided by seed, number and the how-manieth attempt it is: never by timing or luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeVar

from exchange.population import Manners, Override, Script, SubscriberBook

Choice = TypeVar("Choice", bound=str)
TEXT_ENDS: dict[str, tuple[str, int | None]] = {
    "delivered": ("delivered", None),
    "sent": ("sent", None),
    "unreachable": ("undelivered", 30003),
    "blocked": ("undelivered", 30004),
    "unknown": ("undelivered", 30005),
    "landline": ("undelivered", 30006),
    "filtered": ("undelivered", 30007),
    "failed": ("failed", 30008),
}
LONGEST_S = 120.0
NOBODY = Override()


@dataclass(slots=True)
class Party:
    """The person or machine at the far end of one call. Times are business seconds after the answer."""

    is_a: str = "human"
    answer_after_s: float = 4.0
    keys: list[str] = field(default_factory=list)
    reaction_s: float = 2.0
    hang_up_after_s: float | None = None
    talk_s: float = 40.0
    # how long this one waits in a queue
    patience_s: float | None = None
    message_s: float = 8.0
    greeting_s: float = 9.0
    beeps: bool = True
    # what a detector takes it for, if not for what it is
    is_heard_as: str = ""
    entered: int = 0

    def next_entry(self) -> str:
        """What the party enters at its next Gather; "" is silence."""
        entry = self.keys[self.entered] if self.entered < len(self.keys) else ""
        self.entered += 1
        return entry


@dataclass(frozen=True, slots=True)
class TextFate:
    """How a text ends and whether the handset answers."""

    status: str
    error_code: int | None
    after_s: float
    reply: str | None = None
    reply_after_s: float = 0.0


class Subscribers:
    """Everybody who is not us."""

    def __init__(self, book: SubscriberBook, seed: int) -> None:
        self._book = book
        self._seed = seed
        self._prefixes = sorted(book.prefixes, key=len, reverse=True)
        self._manners: dict[str, Manners] = {
            "mobile": book.mobile,
            "landline": book.landline,
            "fax": book.fax,
        }

    def kind(self, number: str) -> str:
        """mobile, landline or fax."""
        own = self._book.numbers.get(number, NOBODY).kind
        if own:
            return own
        return next(
            (self._book.prefixes[p] for p in self._prefixes if number.startswith(p)), self._book.default
        )

    def luck(self, number: str, attempt: int, about: str) -> float:
        """A number in [0, 1) that is always the same for the same question."""
        digest = blake2b(f"{self._seed}|{about}|{number}|{attempt}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64

    def refuses_call(self, number: str, attempt: int) -> bool:
        """Whether the carrier would find the number invalid already when the call is ordered."""
        return self._book.invalid_is == "create" and self.voice(number, attempt) == "invalid"

    def voice(self, number: str, attempt: int) -> str:
        """What happens when the telephone is rung."""
        own = self._book.numbers.get(number, NOBODY).voice
        return _nth(own, attempt) or self._pick(self._of(number).voice, number, attempt, "voice")

    def party(self, number: str, attempt: int) -> Party:
        """Who picks up."""
        own, manners = self._book.numbers.get(number, NOBODY), self._of(number)
        is_a = self.voice(number, attempt)
        machine = is_a in ("machine", "fax")
        greeting_s = manners.greeting_s if own.greeting_s is None else own.greeting_s
        answer_s = 16.0 if is_a == "machine" else 2.0 + 10 * self.luck(number, attempt, "answer")
        leaves_s = 60.0 + greeting_s if machine else 1.0 + self.luck(number, attempt, "leave")
        early = machine or is_a == "hang_up_early"
        return Party(
            greeting_s=greeting_s,
            beeps=100 * self.luck(number, attempt, "beep") < manners.beeps
            if own.beeps is None
            else own.beeps,
            is_heard_as=own.heard_as or self._mistaken(is_a, manners, number, attempt),
            is_a="human" if is_a == "hang_up_early" else is_a,
            answer_after_s=answer_s if own.answer_after_s is None else own.answer_after_s,
            keys=[] if machine else self.script(own.keys, manners.scripts, number, attempt),
            reaction_s=1.5 + 4 * self.luck(number, attempt, "reaction"),
            hang_up_after_s=own.hang_up_after_s or (leaves_s if early else None),
            talk_s=own.talk_s or manners.talk_s,
            patience_s=own.patience_s,
            message_s=manners.message_s if own.message_s is None else own.message_s,
        )

    def _mistaken(self, is_a: str, manners: Manners, number: str, attempt: int) -> str:
        draw = 100 * self.luck(number, attempt, "detector")
        if draw < manners.detector.unknown:
            return "nobody"
        is_wrong = draw < manners.detector.unknown + manners.detector.wrong
        return (
            {"human": "machine", "hang_up_early": "machine", "machine": "human"}.get(is_a, "")
            if is_wrong
            else ""
        )

    def script(
        self, own: list[str] | None, scripts: Sequence[Script], number: str, attempt: int
    ) -> list[str]:
        """The keys this person enters in this call."""
        if own is not None:
            return list(own)
        shares = {str(i): script.weight for i, script in enumerate(scripts)}
        return list(scripts[int(self._pick(shares, number, attempt, "script"))].keys) if shares else []

    def rings_back(self, number: str, attempt: int) -> tuple[float, Party] | None:
        """Who did not answer rings back after so many seconds; None who does not."""
        back = self._of(number).rings_back
        if back is None or 100 * self.luck(number, attempt, "rings back") >= back.percent:
            return None
        keys = self.script(None, back.scripts, number, attempt)
        reaction_s = 1.5 + 4 * self.luck(number, attempt, "reaction")
        return back.after_s, Party(keys=keys, reaction_s=reaction_s, hang_up_after_s=LONGEST_S)

    def text(self, number: str, attempt: int) -> TextFate | None:
        """How a text to *number* ends; None: the carrier refuses it at once (21614)."""
        own, manners = self._book.numbers.get(number, NOBODY), self._of(number)
        end = _nth(own.text, attempt) or self._pick(manners.text, number, attempt, "text")
        if end == "refused":
            return None
        status, code = TEXT_ENDS[end]
        after_s = 1.0 + 4 * self.luck(number, attempt, "receipt")
        if status != "delivered":
            return TextFate(status, code, after_s)
        if own.reply:
            return TextFate(status, code, after_s, own.reply, own.reply_after_s)
        draw = 100 * self.luck(number, attempt, "reply")
        for reply in manners.replies:
            if draw < reply.percent:
                return TextFate(status, code, after_s, reply.body, reply.after_s)
            draw -= reply.percent
        return TextFate(status, code, after_s)

    def fax(self, number: str, attempt: int) -> str:
        """What answers a fax."""
        own = self._book.numbers.get(number, NOBODY).fax
        return _nth(own, attempt) or self._pick(self._of(number).fax, number, attempt, "fax")

    def _of(self, number: str) -> Manners:
        return self._manners[self.kind(number)]

    def _pick(self, shares: Mapping[Choice, float], number: str, attempt: int, about: str) -> Choice:
        draw = self.luck(number, attempt, about) * sum(shares.values())
        for choice, share in shares.items():
            if draw < share:
                return choice
            draw -= share
        return list(shares)[-1]


def _nth(own: Choice | list[Choice] | None, attempt: int) -> Choice | None:
    if not isinstance(own, list):
        return own
    return own[min(attempt, len(own)) - 1] if own else None
