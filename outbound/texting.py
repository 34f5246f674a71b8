"""What a tenant has decided about texts that come in, and about those nobody confirms: the field `texting` of its settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from core.fields import Strict

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
PROGRAM = {"en": "service notices and offers", "zh": "服务通知与优惠信息"}
FREQUENCY = {"en": "Message frequency varies.", "zh": "发送频率不定。"}


class Texting(Strict):
    """
    *program*, *frequency* (by language) and *support* (a number or address) are what HELP is answered with; without
    *support* it is the number we call from. *carrier_answers*: whether the carrier itself answers HELP; unless told,
    what is known of the carrier holds (core/carriers). A text within *answer_window_h* after ours answers it. A text that was sent and not
    confirmed within *unconfirmed_after_h* counts as failed.
    """

    program: dict[str, Line] = PROGRAM
    frequency: dict[str, Line] = FREQUENCY
    support: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    carrier_answers: bool | None = None
    answer_window_h: Annotated[int, Field(ge=1, le=720)] = 72
    unconfirmed_after_h: Annotated[int, Field(ge=5, le=720)] = 24

    def is_answered_by(self, carrier_answers: bool) -> bool:
        """Whether the carrier answers HELP itself; *carrier_answers*: as it does if nobody has changed that."""
        return carrier_answers if self.carrier_answers is None else self.carrier_answers
