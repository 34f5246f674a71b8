"""
Texts that may ask us to stop without saying the one word that does: "please stop texting me", 别再发了, "wrong number".

Nobody's wish hangs on this list: what it finds is read by a person, and marketing waits meanwhile. So it may find too much
("stop by tomorrow" it does not), and what it misses is still kept with the customer (47 CFR 64.1200(a)(10): any reasonable
means; SM-4).
"""

from __future__ import annotations

import re
import unicodedata

# letters of other alphabets that are drawn like ours, and the traditional forms of the characters below
ALIKE = str.maketrans(
    "АВЕКМНОРСТУХЅІЈѕіјаеорсухΑΒΕΗΙΚΜΝΟΡΤΥΧο"
    "請別發電話聯擾騷絕閱訂訴舉報碼號對換認識興處們錯刪資料煩過撥訊廣銷來撤權沒",
    "ABEKMHOPCTYXSIJsijaeopcyxABEHIKMNOPTYXo"
    "请别发电话联扰骚绝阅订诉举报码号对换认识兴处们错删资料烦过拨讯广销来撤权没",
)
_SENDING = r"(?:text|txt|messag|msg|sms|contact|call|send|bother|spam|email|harass|market|advertis)"
ENGLISH = (
    # one word, misspelt, spelt out, on a line of its own, or with the digit of another service behind it
    r"\bstop(?:\d\w*|pp?)\b|\bs\W{1,2}t\W{1,2}o\W{1,2}p\b|(?:^|\n)\W*stop\W*(?:\n|$)",
    r"\bcease\b|\bquit it\b|\bno more\W*$",
    r"\b(?:revok|withdr[ae]w|rescind|tak\w* back)\w*\b.{0,20}\b(?:consent|permission|authoriz|agree)",
    r"\bcancel\b.{0,15}\b(?:all|everything|texts?|messages?|msgs?|sms|calls?|alerts?|subscription)\b",
    # STOP in French, Spanish, Portuguese, German
    r"^\W*(?:arret\w*|alto|baja|basta|parar?|cancelar|no mas|stopp)\W*$",
    r"[\u26d4\u270b\U0001f590\U0001f595\U0001f645\U0001f6ab\U0001f6d1]",
    rf"\b(?:stop|quit|cease|enough|end)\b.{{0,30}}\b{_SENDING}",
    r"\bstop\b\W*(?:it|this|that|now|already|please|pls|plz|immediately|immediatly|everything|$)",
    r"\b(?:please|pls|plz|just|asap|to|must|should|will you|would you)\W+stop\b(?!\W+(?:by|in|at|over|for)\b)",
    rf"\b(?:do not|don'?t|dont|never|no more|not)\b.{{0,20}}\b{_SENDING}",
    r"\bun-?\s?subscrib",
    r"\bopt(?:ed|ing)?\W{0,2}(?:me\W)?out\b",
    r"\b(?:take|get|remove|delete|strike)\b.{0,15}\b(?:me|my|this|number|name|list)\b.{0,20}\b(?:off|from|list|number|data|details)\b",
    r"\bremove me\b",
    r"\bwrong\W+(?:number|person|guy|phone)\b",
    r"\b(?:not|no longer|never was)\b.{0,10}\binterested\b",
    r"\b(?:don'?t|dont|do not|no longer|never)\b.{0,10}\b(?:want|wish|need|consent|agree|sign|subscribe|ask)\w*\b",
    r"\bleave me alone\b|\bgo away\b|\bget lost\b|\blose my number\b|\bscrew you\b|\b(?:fuck|piss)\b",
    r"\b(?:lawyer|attorney|sue|suing|lawsuit|tcpa|fcc|harass\w*|spam\w*|scam\w*)\b",
    r"\breport(?:ed|ing)?\b.{0,10}\b(?:you|this)\b",
    r"\b(?:he|she|dad|mom|mother|father|husband|wife|owner)\b.{0,25}\b(?:died|dead|passed away|deceased)\b",
)
CHINESE = (
    r"^\W*(?:停|取消|算了)\W*$|停止\W*$|撤(?:回|销).{0,4}(?:同意|授权)|(?:不要|拒绝|别).{0,4}广告",
    r"(?:别|不要|勿|请勿|莫|甭|停止|不用|不许|不准).{0,4}(?:再)?.{0,3}(?:发|打|联系|骚扰|打扰|推送|烦|推销|来电|短信|简讯)",
    r"退订|取消订阅|取消短信|拒收|拒绝接收|退出",
    r"(?:打|发|拨|弄|搞)错|号码.{0,3}(?:错|不对|换)|不是(?:本人|我|车主)|换(?:人|号)了|不认识",
    r"不(?:感)?兴趣|没(?:有)?兴趣|不需要|不想(?:要|再|收)|不接受|用不着",
    r"骚扰|投诉|举报|屏蔽|拉黑|垃圾短信|工信部|12321|起诉|律师",
    r"删(?:除|掉).{0,6}(?:我|号码|信息|资料)|滚|烦(?:死|人)|有病|去世|过世",
)
PATTERN = re.compile("|".join(f"(?:{one})" for one in (*ENGLISH, *CHINESE)), re.IGNORECASE | re.DOTALL)
READ = 1600


def may_refuse(body: str) -> bool:
    """Whether a person should read this text before its sender gets marketing again."""
    return PATTERN.search(_plain(body[:READ])) is not None


def _plain(body: str) -> str:
    """As it reads to an eye: without accents and what cannot be seen, in one width, alphabet and script."""
    apart = unicodedata.normalize("NFKD", body).replace("\u2019", "'")
    seen = (letter for letter in apart if unicodedata.category(letter) not in ("Cf", "Mn", "Me"))
    return "".join(seen).translate(ALIKE)
