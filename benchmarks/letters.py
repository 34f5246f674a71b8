"""
Letters a second: ours against reportlab alone.

Both write different one-page letters with the same words, the same embedded font and a file for each. Ours also
checks the fields and every glyph, sets the letterhead and the framed notice, and gives the same bytes again; the peer
has its paragraphs broken by reportlab and lets them flow down the page. `python -m benchmarks.letters` prints JSON.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from benchmarks.result import result
from outbound.letters import Letter, OptOut, to_pdf
from outbound.letters.ink import FONT, Text
from outbound.letters.layout import pages

RUNS = 9
LETTERS = 40
BODY = (
    "Dear {name},",
    "Thank you for trusting us with the care of your fleet. Vehicle {plate} has been with us for three years now, and we "
    "would like to thank you with a free 24-point inspection: brakes, tyres, lights, battery and cooling, carried out by "
    "our own engineers while you wait.",
    "When: 20 to 22 May 2026, 8:30 a.m. to 6:00 p.m.\nWhere: 1200 Lakeshore Drive, Chicago, entrance B",
    "Every participant receives a written report the same day and a 15 % voucher for parts needed before the end of "
    "July. Places are limited to forty vehicles a day, {name}, so please call +1 800-555-0199 before 12 May.",
)


def run(turns: int = RUNS, count: int = LETTERS) -> dict[str, Any]:
    """Interleaved runs of both; *ratio* is the median of ours / peer."""
    style = ParagraphStyle("letter", fontName=FONT, fontSize=11, leading=16)
    to_pdf(example(0))
    runs = []
    for turn in range(turns):
        letters = [example(1 + turn * count + number) for number in range(count)]
        pairs = [(partial(to_pdf, letter), partial(_alone, style, _texts(letter))) for letter in letters]
        runs.append([compare(ours, peer) for ours, peer in pairs])
    return result("letters", "letters/CPU s", rates(runs))


def rates(runs: Sequence[Sequence[tuple[float, float]]], size: float = 1) -> list[tuple[float, float]]:
    """Units a second of ours and the peer. In a run they take turns, seconds for *size* units each."""
    return [
        (
            size * len(run) / sum(seconds for seconds, _ in run),
            size * len(run) / sum(seconds for _, seconds in run),
        )
        for run in runs
    ]


def compare(ours: Callable[[], object], peer: Callable[[], object]) -> tuple[float, float]:
    """Processor seconds of one call of each: what else the machine does is left out."""
    start = time.process_time()
    ours()
    between = time.process_time()
    peer()
    return between - start, time.process_time() - between


def example(number: int) -> Letter:
    """A letter like no other number's."""
    name, plate = f"Ms. Okonkwo-{number:04}", f"IL {number * 37 % 1000:03}-{number:03}"
    return Letter(
        sender="Northwind Motor Service, Inc.",
        sender_phone="+18005550199",
        sender_address="1200 Lakeshore Drive, Suite 400, Chicago, IL 60610",
        recipient=name,
        recipient_fax=f"+1312555{number:04}",
        subject=f"Your invitation, {name}",
        body=tuple(paragraph.format(name=name, plate=plate) for paragraph in BODY),
        sent_at=datetime(2026, 4, 28, 9, 30, tzinfo=UTC),
        signature="Yours sincerely,\n\nAnna Lindqvist\nHead of Customer Care",
        opt_out=OptOut("+18005550199", "+18005550198"),
    )


def _texts(letter: Letter) -> list[str]:
    """Every word of the letter: its body in paragraphs, the rest line by line as we set it."""
    marks = [mark.text for mark in pages(letter)[0] if isinstance(mark, Text)]
    in_body = "\n".join(letter.body)
    return [*letter.body, *(text for text in marks if text not in in_body)]


def _alone(style: ParagraphStyle, texts: list[str]) -> bytes:
    file = BytesIO()
    canvas = Canvas(file, pagesize=(595.28, 841.89))
    top = 800.0
    for text in texts:
        paragraph = Paragraph(escape(text).replace("\n", "<br/>"), style)
        top -= paragraph.wrap(465, 800)[1] + 4
        paragraph.drawOn(canvas, 68, top)
    canvas.save()
    return file.getvalue()


if __name__ == "__main__":
    print(json.dumps(run()))
