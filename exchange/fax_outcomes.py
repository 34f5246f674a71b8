"""How faxes end: what the sender is told and what the other side's tray holds.

Codes below 100 are T.30 completion codes of the sending modem, those above are the SIP codes of calls that never
reached one. The sender may be told one page less than arrived.
"""

from __future__ import annotations

from dataclasses import dataclass

T30 = {
    2: "Timed out waiting for initial communication",
    3: "Timed out waiting for the first message",
    11: "Far end cannot receive at the resolution of the image",
    15: "Received a DCN from remote after sending a page",
    20: "Received no response to DCS or TCF",
    41: "TIFF/F file cannot be opened",
    48: "Disconnected after permitted retries",
    49: "The call dropped prematurely",
    404: "Unallocated number",
    486: "User busy",
    487: "No answer",
}
NOT_A_FAX_S, NEGOTIATION_S, FIRST_PAGE_S, NEXT_PAGE_S = 60.0, 7.0, 33.0, 25.0
SLOW = 2.5


@dataclass(frozen=True, slots=True)
class FaxOutcome:
    """The end of one fax call; `seconds` is time on the line."""

    status: str
    code: int | None
    confirmed: int
    kept: int
    seconds: float

    @property
    def message(self) -> str | None:
        """The code in words."""
        return T30[self.code] if self.code else None


def line_s(pages: float) -> float:
    """Seconds on the line for so many pages of text."""
    return NEGOTIATION_S + (FIRST_PAGE_S + NEXT_PAGE_S * (pages - 1) if pages > 0 else 0)


def outcome(end: str, pages: int, quality: str, luck: float) -> FaxOutcome:
    """What becomes of a fax of so many pages; *luck* in [0, 1) chooses among the ends of a bad line."""
    part = int(luck * 1000) % pages
    match end:
        case "busy":
            return FaxOutcome("busy", 486, 0, 0, 2)
        case "no_answer":
            return FaxOutcome("no-answer", 487, 0, 0, 60)
        case "invalid":
            return FaxOutcome("failed", 404, 0, 0, 1)
        case "voice":
            return FaxOutcome("failed", 2 if luck < 0.7 else 3, 0, 0, NOT_A_FAX_S)
        case "no_fine" if quality != "standard":
            return FaxOutcome("failed", 11, 0, 0, NEGOTIATION_S)
        case "cut":
            kept = min(part + (luck >= 0.5), pages)
            return FaxOutcome("failed", 49, part, kept, line_s(part + 0.5))
        case "poor_line":
            return _poor(pages, part, luck)
    return FaxOutcome("delivered", None, pages, pages, line_s(pages))


def _poor(pages: int, part: int, luck: float) -> FaxOutcome:
    if luck < 0.35:
        return FaxOutcome("delivered", None, pages, pages, line_s(pages) * SLOW)
    if luck < 0.65:
        return FaxOutcome("failed", 15, part, part + 1, line_s(part + 1) * SLOW)
    if luck < 0.85:
        return FaxOutcome("failed", 20, 0, 0, 35)
    return FaxOutcome("failed", 48, min(1, pages - 1), min(1, pages - 1), line_s(1) * SLOW)
