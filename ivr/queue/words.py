"""What agents hear of who waits, and customers who are called back, in English and Chinese."""

from __future__ import annotations

from typing import Literal

from flows.language.turn import Say

Phrase = Literal[
    "offer", "offer_callback", "gone", "unanswered", "called_back", "hold", "stand_by", "stand_by_over"
]
WORDS: dict[Phrase, dict[str, str]] = {
    "offer": {
        "en": "A caller for {team} has been waiting {seconds} seconds. Press 1 to take the call.",
        "zh": "{team}有一位来电者，已等待{seconds}秒。接听请按1。",
    },
    "offer_callback": {
        "en": "Somebody asked {team} to call back. Press 1, and we ring them.",
        "zh": "有客户请{team}回电。请按1，我们随即拨打。",
    },
    "gone": {
        "en": "This caller is no longer waiting. Thank you.",
        "zh": "这位来电者已不再等待。谢谢。",
    },
    "unanswered": {
        "en": "The customer does not answer. We will try again later.",
        "zh": "客户无人接听，我们稍后再试。",
    },
    "called_back": {
        "en": "This is {company}, calling you back as you asked. You are being connected.",
        "zh": "这里是{company}，按您的要求给您回电，正在为您接通。",
    },
    "stand_by": {
        "en": "You are asked to stand by for {team}. Press 1 and stay on the line. A star ends a talk.",
        "zh": "请您为{team}待命。请按1并保持通话，通话结束时请按星号键。",
    },
    "stand_by_over": {
        "en": "You no longer stand by. Goodbye.",
        "zh": "您已结束待命，再见。",
    },
    "hold": {
        "en": "Please stay on the line.",
        "zh": "请不要挂断。",
    },
}


def say(phrase: Phrase, lang: str, **figures: object) -> Say:
    """*phrase* in *lang*, in English where it is not shipped."""
    known = WORDS[phrase]
    lang = lang if lang in known else "en"
    return Say(known[lang].format(**figures), lang)
