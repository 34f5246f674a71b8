"""The words every letter carries besides its own, by language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """*notice* is the opt-out notice; *own* and *to* are left out where the recipient's fax number is not known."""

    sent: str
    to: str
    page: str
    phone: str
    fax: str
    notice_title: str
    notice: str
    own: str
    lawful: str


WORDING: Mapping[str, Wording] = {
    "en": Wording(
        sent="{date}   From: {sender}, {phone}",
        to="   To: {fax}",
        page="Page {page}/{pages}",
        phone="Phone {phone}",
        fax="Fax {fax}",
        notice_title="Don't want faxes like this one?",
        notice="You may ask us at any time, free of charge, not to send you any more advertisements by fax: "
        "call {phone} or send a fax to {fax}, 24 hours a day, 7 days a week",
        own=", and name your fax number {fax}",
        lawful=". If we fail to comply with your request within 30 days, we break the law.",
    ),
    "zh": Wording(
        sent="{date}   发件人：{sender}，{phone}",
        to="   收件：{fax}",
        page="第 {page}/{pages} 页",
        phone="电话 {phone}",
        fax="传真 {fax}",
        notice_title="不想再收到此类传真？",
        notice="您可随时免费要求我们不再向您发送广告传真：请致电 {phone} 或传真至 {fax}，每天 24 小时受理",
        own="，并请告知您的传真号码 {fax}",
        lawful="。若我们未在 30 天内照办，即属违法。",
    ),
}
