"""What lines of ours tell and ask customers: the flow of the call, the words of the text, and which answers there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from outbound.words import word_of

# where nothing is known by then, the next channel follows: tries close together, none after a machine
SOON: Mapping[str, Any] = {
    "no_answer": {"times": 1, "after_s": 900},
    "busy": {"times": 2, "after_s": 300},
    "machine": {"times": 0, "after_s": 60},
}


@dataclass(frozen=True)
class Kind:
    """
    *question* is under which name the flow keeps the answer ("": it only tells), *words* what a reply to the text may be, by answer.

    *letter* is what a fax or a letter says, by language; *purpose* is what the contact policy goes by; *is_needed*: a person calls whoever cannot be told.
    """

    flow: str
    purpose: str
    texts: Mapping[str, str]
    question: str = ""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_needed: bool = True
    letter: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def answers(self) -> dict[str, str]:
        """Each word, as texts are compared, with the answer it gives."""
        return {word_of(word): answer for answer, words in self.words.items() for word in words}

    @property
    def content(self) -> dict[str, dict[str, str]]:
        """The texts as a source carries them."""
        return {language: {"text": text} for language, text in self.texts.items()}


KINDS: Mapping[str, Kind] = {
    "extra_work": Kind(
        flow="extra_work",
        purpose="transactional",
        question="consent",
        words={"yes": ("1", "yes", "好", "同意"), "no": ("2", "no", "不同意")},
        texts={
            "en": "{{ company }}: on {{ vehicle }} we found further work: {{ item }}, {{ price }}. Reply 1 to agree or 2 to refuse, by {{ until }}.",
            "zh": "【{{ company }}】您的车辆{{ vehicle }}需增加项目：{{ item }}，费用{{ price }}。同意请回复1，不同意请回复2，{{ until }}前有效。",
        },
    ),
    "appointment": Kind(
        flow="appointment",
        purpose="transactional",
        question="decision",
        words={"confirmed": ("1", "yes", "好", "确认"), "move": ("2", "改期"), "cancelled": ("3",)},
        is_needed=False,
        texts={
            "en": "{{ company }}: your appointment is on {{ slot }}. Reply 1 to confirm, 2 for another time, 3 to cancel.",
            "zh": "【{{ company }}】您的预约时间是{{ slot }}。确认请回复1，改期请回复2，取消请回复3。",
        },
    ),
    # who asked for another time by text is sent three, and answers by text
    "new_time": Kind(
        flow="",
        purpose="transactional",
        question="choice",
        words={"first": ("1",), "second": ("2",), "third": ("3",), "none": ("0", "no", "都不行")},
        texts={
            "en": "{{ company }}: for {{ first }} reply 1, for {{ second }} reply 2, for {{ third }} reply 3. If none suits, reply 0 and we call you.",
            "zh": "【{{ company }}】{{ first }}请回复1，{{ second }}请回复2，{{ third }}请回复3。都不合适请回复0，我们会给您来电。",
        },
    ),
    # no offer and no price is in it: it tells of the maintenance of a vehicle we look after
    "service_due": Kind(
        flow="service_due",
        purpose="service",
        question="decision",
        words={"book": ("1", "yes", "预约"), "not_now": ("2", "no", "不用")},
        is_needed=False,
        texts={
            "en": "{{ company }}: {{ vehicle }} is due for service on {{ day }}. Reply 1 and we call you to agree on a time, 2 if not now.",
            "zh": "【{{ company }}】您的车辆{{ vehicle }}的保养日期是{{ day }}。需要预约请回复1，我们会与您联系；暂不需要请回复2。",
        },
        letter={
            "en": {
                "subject": "{{ vehicle }} is due for service",
                "paragraphs": [
                    "Dear {{ name }},",
                    "{{ vehicle }} is due for its next service on {{ day }}.",
                    "Call us at {{ company_phone }} and we find a time that suits you. If it has been serviced since, this letter needs no answer.",
                ],
            },
            "zh": {
                "subject": "{{ vehicle }}保养提醒",
                "paragraphs": [
                    "尊敬的{{ name }}：",
                    "您的车辆{{ vehicle }}的下一次保养日期是{{ day }}。",
                    "请致电{{ company_phone }}，我们为您安排合适的时间。如已保养，请不必理会本函。",
                ],
            },
        },
    ),
    # what a job is going to cost; whoever has a question rings
    "quote": Kind(
        flow="",
        purpose="transactional",
        texts={
            "en": "{{ company }}: our quote for {{ vehicle }}, job {{ job }}: {{ items }}. Total {{ total }}.",
            "zh": "【{{ company }}】您的车辆{{ vehicle }}（工单号{{ job }}）报价：{{ items }}，合计{{ total }}。",
        },
        letter={
            "en": {
                "subject": "Quote for {{ vehicle }}, job {{ job }}",
                "paragraphs": [
                    "Dear {{ name }},",
                    "This is what we found and what it is going to cost: {{ items }}.",
                    "Total: {{ total }}. Nothing of it is done before you agree. Call us at {{ company_phone }}.",
                ],
            },
            "zh": {
                "subject": "{{ vehicle }}维修报价，工单号{{ job }}",
                "paragraphs": [
                    "尊敬的{{ name }}：",
                    "经诊断，需要的项目及费用为：{{ items }}。",
                    "合计{{ total }}。未经您同意，我们不会施工。请致电{{ company_phone }}。",
                ],
            },
        },
    ),
    "pick_up": Kind(
        flow="pick_up",
        purpose="transactional",
        texts={
            "en": "{{ company }}: {{ vehicle }} is ready, and you can fetch it. Job number {{ job }}.",
            "zh": "【{{ company }}】您的车辆{{ vehicle }}已经完工，可以来取车。工单号{{ job }}。",
        },
    ),
}
