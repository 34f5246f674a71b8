"""Two letters, one in English and one in Chinese."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from outbound.letters import Letter, OptOut


@pytest.fixture(name="english")
def _english() -> Letter:
    return Letter(
        sender="Northwind Motor Service, Inc.",
        sender_phone="+18005550199",
        sender_address="1200 Lakeshore Drive\nChicago, IL 60610",
        recipient="Ms. Ada Okonkwo",
        recipient_company="Okonkwo & Sons <Logistics>",
        recipient_fax="+13125550142",
        subject="Your invitation",
        body=("Dear Ms. Okonkwo,", "We invite you to our Spring Inspection Days."),
        signature="Yours sincerely,\n\nAnna Lindqvist",
        sent_at=datetime(2026, 4, 28, 9, 30, tzinfo=ZoneInfo("America/Chicago")),
        opt_out=OptOut("+18005550199", "+18005550198"),
        page_size="Letter",
    )


@pytest.fixture(name="chinese")
def _chinese() -> Letter:
    return Letter(
        sender="北风汽车服务（上海）有限公司",
        sender_phone="800-820-0000",
        recipient="王小明 先生",
        recipient_fax="+862158880123",
        subject="诚邀您参加“春季免费检测日”",
        body=("尊敬的王小明先生：", "感谢您多年来选择北风汽车（Northwind）。" * 12, "此致\n敬礼！"),
        signature="北风汽车服务\n2026年4月28日",
        sent_at=datetime(2026, 4, 28, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai")),
        language="zh",
        notice_languages=("en",),
        opt_out=OptOut("800-820-0000", "800-820-0001"),
    )
