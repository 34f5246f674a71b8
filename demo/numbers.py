"""The demo company's own telephone numbers, and at what pace they may send."""

from __future__ import annotations

from dataclasses import dataclass

HOTLINES = ("+18005550199", "+864008205501")
# who answers when a caller asks for a person, and the breakdown service
DESK = "+862152000188"
ROADSIDE = "+862152000177"
# the telephones of those who take callers from the queue, by their sign-in
AGENTS = {"grace.lin@lakeside.example": "+862152000181", "chen.yu@lakeside.example": "+862152000182"}


@dataclass(frozen=True)
class From:
    """A number to send from: *rate_per_s* sends a real second, *lines* calls or faxes at once (0: it holds none)."""

    channel: str
    address: str
    rate_per_s: float
    lines: int


# calls and faxes come from numbers that somebody answers when rung back
SENDERS = (
    From("voice", HOTLINES[0], 2.0, 40),
    From("sms", "+14155550110", 10.0, 0),
    From("sms", "+14155550111", 10.0, 0),
    From("fax", "+14155550120", 1.0, 20),
)
