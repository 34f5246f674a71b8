"""
The judge: reads the exchange's ledger and the list of who was in the file, and nothing else.

contacted_twice  texted again by one campaign after a text had arrived or while its end was still open
lost             must have been reached, and no text ever left for them
outside_hours    texted while their window was closed by their own clock
after_opt_out    texted after their opt-out stood, or without ever having agreed
reached          a text arrived
after_pause      ordered while the campaign was paused, later than what was on its way may leave
in_the_dark      orders posted while the carrier was silent, beyond those that threads, brake and probes may cost
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from chaos.world import Person
from exchange.ledger import Ledger, Where
from exchange.rows import Step, Text, Webhook

# an order may be a real second on its way to the carrier; at the speed of the storm that is a business minute
ON_THE_WAY_S = 1.0
# a text whose STOP is answered stands when the spool is carried: nothing is claimed while that is 5 s behind, and what
# was claimed leaves within the window; a key stands when the caller is told so
STANDS_AFTER_S = {"sms": 5.0, "key": 0.0}
SAID = "You will hear nothing more from us."
LIVED = ("delivered",)
WRONG = ("contacted_twice", "lost", "outside_hours", "after_opt_out", "after_pause", "in_the_dark")


@dataclass
class Verdict:
    """How many people of each kind there were."""

    contacted_twice: int
    lost: int
    outside_hours: int
    after_opt_out: int
    reached: int
    reachable: int
    contacts: int
    opted_out: int
    after_pause: int = 0
    in_the_dark: int = 0

    def found(self) -> int:
        """How much is wrong."""
        return sum(getattr(self, word) for word in WRONG)


def judge(
    ledger: Ledger,
    crowd: Sequence[Person],
    speed: float,
    leaves_within_s: float,
    campaigns: int = 1,
    pauses: Sequence[tuple[datetime, datetime]] = (),
    dark_at_most: int | None = None,
) -> Verdict:
    """What was on its way when an opt-out or a pause stood may still leave *leaves_within_s* (real) after it."""
    texts: dict[tuple[str, str], list[Text]] = defaultdict(list)
    for text in ledger.rows(Text, Where("direction = 'outbound-api'")):
        texts[text.to, text.body].append(text)
    by_person: dict[str, list[Text]] = defaultdict(list)
    for (to, _), sent in texts.items():
        by_person[to] += sent
    stands = opt_outs(ledger)
    late = timedelta(seconds=ON_THE_WAY_S * speed)
    arrived = {to: len({t.body for t in sent if t.status in LIVED}) for to, sent in by_person.items()}
    reachable = [one for one in crowd if one.is_reachable and one.place.prefix != "+336"]
    return Verdict(
        contacted_twice=sum(is_twice(sent) for sent in texts.values()),
        lost=sum(len({t.body for t in by_person[one.address]}) < campaigns for one in reachable),
        outside_hours=sum(
            not (
                one.place.is_open(left := _at(text.left_at or text.created_at))
                or one.place.is_open(left - late)
            )
            for one in crowd
            for text in by_person[one.address]
        ),
        after_opt_out=sum(
            not one.agreed
            or _at(text.real_at)
            > stands.get(one.address, _at(text.real_at)) + timedelta(seconds=leaves_within_s)
            for one in crowd
            for text in by_person[one.address]
        ),
        reached=sum(arrived.get(one.address, 0) >= campaigns for one in reachable),
        reachable=len(reachable),
        contacts=sum(map(len, texts.values())),
        opted_out=len(stands),
        after_pause=sum(
            since + timedelta(seconds=leaves_within_s) < _at(text.real_at) < until
            for since, until in pauses
            for sent in texts.values()
            for text in sent
        ),
        in_the_dark=0 if dark_at_most is None else max(0, in_the_dark(ledger) - dark_at_most),
    )


def is_twice(sent: Sequence[Text]) -> bool:
    """Whether one of *sent* (one person, one campaign) was ordered after another arrived, or while it was still open."""
    ordered = sorted(sent, key=lambda text: text.created_at)
    return any(
        first.status in (*LIVED, "sent", "queued") or second.created_at < first.updated_at
        for place, first in enumerate(ordered)
        for second in ordered[place + 1 :]
    )


def opt_outs(ledger: Ledger) -> dict[str, datetime]:
    """From when on nobody may be contacted any more, in real time: only opt-outs that our side has taken count."""
    taken = {
        hook.sid: hook.real_at
        for hook in ledger.rows(Webhook, Where("kind = 'sms' AND status BETWEEN 200 AND 299"))
    }
    found = {
        text.from_: _at(taken[text.sid]) + timedelta(seconds=STANDS_AFTER_S["sms"])
        for text in ledger.rows(Text, Where("direction = 'inbound'"))
        if text.sid in taken and text.body == "STOP"
    }
    callers = dict(ledger.ask("SELECT sid, from_ FROM calls WHERE direction = 'inbound'"))
    for step in ledger.rows(Step, Where("kind = 'said'")):
        if SAID in step.value and step.call in callers:
            found[callers[step.call]] = _at(step.real_at)
    return found


def in_the_dark(ledger: Ledger) -> int:
    """How many orders the carrier took while it was silent."""
    [(count,)] = ledger.ask(
        "SELECT count(*) FROM requests WHERE fault = 'away_silent' AND method = 'POST' AND path LIKE '%/Messages.json'"
    )
    return int(count)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def added(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Several storms as one."""
    total: dict[str, int] = defaultdict(int)
    for verdict in verdicts:
        for name, value in asdict(verdict).items():
            total[name] += value
    return dict(total)
