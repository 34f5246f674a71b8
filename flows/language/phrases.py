"""
What every flow needs to say: shipped in English and Chinese, so that a flow only writes what is its own.

A flow may replace any of them under `texts:`, and must where it speaks another language. Lists escalate: the first is
said at the first failure, the last when the caller is moved on.
"""

from __future__ import annotations

from typing import Literal

PhraseName = Literal[
    "no_input",
    "no_match",
    "no_entry",
    "bad_entry",
    "nothing_recorded",
    "too_many_errors",
    "trouble",
    "too_long",
    "goodbye",
    "lines_busy",
    "queue_place",
    "queue_wait",
    "queue_callback",
]
PHRASES: dict[PhraseName, dict[str, tuple[str, ...]]] = {
    "no_input": {
        "en": (
            "I did not hear a key.",
            "I still did not hear a key. Please use the keys on your telephone.",
            "I am sorry, I did not receive a choice.",
        ),
        "zh": (
            "没有听到您的按键。",
            "还是没有听到您的按键，请使用电话上的数字键。",
            "很抱歉，没有收到您的选择。",
        ),
    },
    "no_match": {
        "en": (
            "That key is not one of the choices.",
            "That key does not work here either. Please listen to the choices first.",
            "I am sorry, I did not receive a choice I can use.",
        ),
        "zh": (
            "这个按键不在选项中。",
            "您按的键还是无效，请先听完选项。",
            "很抱歉，没有收到有效的选择。",
        ),
    },
    "no_entry": {
        "en": (
            "I did not receive an entry.",
            "I still did not receive an entry. Take your time and use the keys on your telephone.",
            "I am sorry, I did not receive an entry.",
        ),
        "zh": (
            "没有收到您的输入。",
            "还是没有收到您的输入，请不要着急，用电话上的数字键输入。",
            "很抱歉，没有收到您的输入。",
        ),
    },
    "bad_entry": {
        "en": (
            "That entry does not fit.",
            "That entry does not fit either. Please listen once more to what is asked for.",
            "I am sorry, I did not receive an entry I can use.",
        ),
        "zh": (
            "您的输入不正确。",
            "您的输入还是不正确，请再听一遍说明。",
            "很抱歉，没有收到有效的输入。",
        ),
    },
    "nothing_recorded": {
        "en": ("I did not hear anything.", "I am sorry, I could not record a message."),
        "zh": ("没有听到您的留言。", "很抱歉，没有录到您的留言。"),
    },
    "too_many_errors": {
        "en": ("We are sorry that this is not working. Please call us again. Goodbye.",),
        "zh": ("很抱歉这次没能帮到您，请您稍后再拨。再见。",),
    },
    "trouble": {
        "en": ("We are sorry, something on our side is not working just now.",),
        "zh": ("很抱歉，我们的系统暂时出现故障。",),
    },
    "too_long": {
        "en": ("We do not want to keep you in this menu any longer.",),
        "zh": ("您在菜单中已停留较久，不再耽误您的时间。",),
    },
    "goodbye": {
        "en": ("Thank you for your time. Goodbye.",),
        "zh": ("感谢您的来电，再见。",),
    },
    "lines_busy": {
        "en": ("All our lines are busy just now. Please call again in a few minutes. Goodbye.",),
        "zh": ("现在线路繁忙，请您过几分钟再拨。再见。",),
    },
    "queue_place": {
        "en": (
            "You are next in line.",
            "There is one caller before you.",
            "There are two callers before you.",
            "There are three callers before you.",
            "There are four callers before you.",
            "There are several callers before you.",
        ),
        "zh": (
            "下一位就轮到您。",
            "您前面还有一位来电者。",
            "您前面还有两位来电者。",
            "您前面还有三位来电者。",
            "您前面还有四位来电者。",
            "您前面还有多位来电者。",
        ),
    },
    "queue_wait": {
        "en": (
            "We expect to be with you in less than a minute.",
            "We expect to be with you in about two minutes.",
            "We expect to be with you in about five minutes.",
            "We expect to be with you in about ten minutes.",
            "It may take longer than ten minutes.",
        ),
        "zh": (
            "预计不到一分钟就能为您接通。",
            "预计大约两分钟为您接通。",
            "预计大约五分钟为您接通。",
            "预计大约十分钟为您接通。",
            "可能需要等待十分钟以上。",
        ),
    },
    "queue_callback": {
        "en": ("To be called back instead and keep your place, press 1.",),
        "zh": ("如需我们回电并保留您的排队位置，请按1。",),
    },
}
