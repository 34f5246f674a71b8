"""
The rows of a list whose message is most likely to look or sound wrong, found in one pass with a handful kept at a time.

Each row is judged by what stands in its placeholders and by what it takes to send; for each *fault* the worst few are kept,
and the eight to be shown are taken from as many different faults as there are.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from outbound.segments import too_costly

SHOWN = 8
KEPT = 4
# in the order in which they get a place; the last two find somebody in any list
FAULTS = (
    "most_units",
    "empty_field",
    "digits_only",
    "emoji",
    "right_to_left",
    "rare_letters",
    "beyond_gsm",
    "figures",
    "longest_name",
    "longest_text",
)
FIGURES = re.compile(r"\d+[.,:/-]\d+|[$€£¥]\s?\d|\d\s?[元%]")
# letters few fonts and voices know: CJK extensions, private use, combining marks
RARE = re.compile("[\u0300-\u036f\u3400-\u4dbf\ue000-\uf8ff\U00020000-\U0003ffff]")
EMOJI = re.compile("[\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")


@dataclass(frozen=True)
class Row:
    """A customer and what is unusual about the message to them."""

    customer_id: int
    faults: tuple[str, ...]


@dataclass
class Worst:
    """The worst rows so far. *used* are the placeholders of the text, *is_plain* whether it is GSM-7 without them."""

    used: Collection[str]
    is_plain: bool = True
    best: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def offer(self, customer_id: int, values: Mapping[str, Any], units: int) -> None:
        """Look at one more row."""
        for fault, score in self._scores(values, units).items():
            kept = self.best.setdefault(fault, [])
            entry = (score, -customer_id)
            if len(kept) < KEPT:
                heapq.heappush(kept, entry)
            elif entry > kept[0]:
                heapq.heapreplace(kept, entry)

    def rows(self) -> list[Row]:
        """At most eight, the worst of each fault before the second worst of any."""
        found: dict[int, list[str]] = {}
        for place in range(KEPT):
            for fault in FAULTS:
                ranked = sorted(self.best.get(fault, ()), reverse=True)
                if place < len(ranked) and (-ranked[place][1] in found or len(found) < SHOWN):
                    found.setdefault(-ranked[place][1], []).append(fault)
        return [Row(customer_id, tuple(faults)) for customer_id, faults in found.items()]

    def _scores(self, values: Mapping[str, Any], units: int) -> dict[str, int]:
        name = str(values.get("name", ""))
        said = {word: str(values.get(word, "")) for word in {*self.used, "name"}}
        joined = "".join(said.values())
        scores = {
            "longest_name": len(name),
            "longest_text": len(joined),
            "figures": len(FIGURES.findall(joined)),
            "digits_only": int(not any(letter.isalpha() for letter in name)),
            "empty_field": sum(not value.strip() for value in said.values()),
            "most_units": units if units > 1 else 0,
        }
        if not joined.isascii():
            scores |= _of_letters(joined, self.is_plain)
        return {fault: score for fault, score in scores.items() if score}


def _of_letters(text: str, is_plain: bool) -> dict[str, int]:
    return {
        "rare_letters": len(RARE.findall(text)),
        "emoji": len(EMOJI.findall(text)),
        "right_to_left": sum(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text),
        "beyond_gsm": len(too_costly(text)) if is_plain else 0,
    }
