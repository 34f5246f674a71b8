"""
Personal letters: what one says (letter), where it stands on the page (layout), the PDF (ink), the fax (fax).

    pdf = to_pdf(Letter(sender="…", sender_phone="+1…", recipient="…", subject="…", body=("…",), sent_at=now))
    tiff = fax.to_tiff(pdf)
"""

from __future__ import annotations

from outbound.letters.ink import missing_glyphs
from outbound.letters.letter import Letter, OptOut
from outbound.letters.pdf import check, to_pdf

__all__ = ["Letter", "OptOut", "check", "missing_glyphs", "to_pdf"]
