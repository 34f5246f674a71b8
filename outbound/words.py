"""
Words that mean the same to every carrier and customer when they are the whole of a text: STOP, HELP, START and their kind.

"cancel my appointment on Tuesday" is no opt-out: a word counts only alone (SM-3, SM-4).
"""

from __future__ import annotations

import unicodedata

# Twilio's defaults (docs/messaging/tutorials/advanced-opt-out), and what Chinese customers are told to send, in either script
WORDS = {
    "stop": (
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "END",
        "QUIT",
        "CANCEL",
        "REVOKE",
        "OPTOUT",
        "R",
        "TD",
        "T",
        "退订",
        "停止",
        "取消订阅",
        "拒收",
        "退訂",
        "取消訂閱",
    ),
    "start": ("START", "UNSTOP", "订阅", "恢复", "訂閱", "恢復"),
    "help": ("HELP", "INFO", "帮助", "幫助"),
}
# what confirms a START that was asked about; without one these are answers like any other
CONFIRMS = frozenset({"YES", "Y", "是", "是的", "确认", "確認", "好", "好的"})
KINDS = {word: kind for kind, words in WORDS.items() for word in words}
LONGEST = 40


def word_of(body: str) -> str:
    """
    A text that is one word, as it is compared; "" if it is longer or has no letter.

    Case, width, spaces and punctuation do not matter ("Opt-out.", "ＳＴＯＰ").
    """
    if len(body) > LONGEST:
        return ""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", body))).upper()


def kind_of(body: str) -> str:
    """stop, start, help or answer."""
    return KINDS.get(word_of(body), "answer")


def confirms(body: str) -> bool:
    """Whether a text says yes to the question it was asked."""
    return word_of(body) in CONFIRMS
