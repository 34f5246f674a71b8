"""
What a marketing text must say by the law of the country it goes to: who sends it, and how to refuse further ones. In China every
commercial text carries a signature 【…】 (CN-6) and an easy way to refuse (CN-1); a profile's `text` has the figures. A text without
a Chinese letter, which those two brackets would make twice as dear everywhere, may begin with the company's name instead.

Nothing is added behind anybody's back: staff write it, so that what they see is what leaves, with all its segments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from broadcast.step import place
from core.errors import Invalid
from core.models import Tenant
from core.phone import region_of
from core.sentences import Sentence
from customers.figures import TextRules
from customers.profile import profile_for
from customers.segments import Member
from outbound.work import language_in

# how it is refused: by an answer, by a call, or at a number that a placeholder fills in
HAN = re.compile("[\u3400-\u9fff]")
WAY = re.compile(r"回|复|覆|拨|撥|致电|\breply\b|\bcall\b|\bpress\b|\d{3}|phone", re.IGNORECASE)


def check_text(tenant: Tenant, content: Mapping[str, Any], member: Member, where: str) -> None:
    """Raise Invalid if a marketing text lacks what *member*'s country wants said in it; the language and what to enter."""
    rules = _rules(tenant, member.address)
    if rules is not None:
        language = language_in(content, member.language)
        if said := _fault(rules, tenant.name, str(content["texts"][language]["text"])):
            raise Invalid(
                "text_unsigned",
                "{field}: {said}",
                field=place(where, f"message.{language}.text"),
                said=said,
            )


def _rules(tenant: Tenant, address: str | None) -> TextRules | None:
    return profile_for(tenant.policy, region_of(address)).text if address else None


@lru_cache(256)
def _fault(rules: TextRules, company: str, text: str) -> Sentence | None:
    """What this text lacks, if anything."""
    first, last = rules.signature[0], rules.signature[1]
    name = rf"{first}[^{first}{last}]*[^\s{first}{last}][^{first}{last}]*{last}"
    lacks = []
    latin = HAN.sub("", company).strip().lower()
    is_named = not HAN.search(text) and bool(latin) and text.lower().startswith(latin)
    if not is_named and not re.search(rf"\A\s*{name}|{name}\s*\Z", text):
        lacks.append(
            Sentence(
                "its sender's signature at the beginning or the end: enter the company's name between {first} and {last}",
                first=first,
                last=last,
            )
        )
    if not any(word in text.lower() for word in rules.refusal) or not WAY.search(text):
        lacks.append(Sentence("how to refuse further ones: enter such as {say}", say=rules.say))
    if not lacks:
        return None
    return Sentence("a marketing text to this country needs these: {lacks}", lacks=lacks)
