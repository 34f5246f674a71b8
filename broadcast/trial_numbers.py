"""To which numbers a member of staff may send tests: their own, each confirmed by a code that was sent there."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast.models import TrialNumber
from core import audit, clock
from core.db import ScopedSession
from core.errors import Conflict, Invalid, NotFound
from core.models import Staff, Tenant
from core.phone import to_e164
from outbound.models import Sender

CODE_S = 600
MAX_TRIES = 5
MAX_CODES = 5
DAY = timedelta(hours=24)
# the channel a code comes by, for each by which tests may then come
CODES_BY = {"sms": "sms", "voice": "sms", "fax": "fax"}
SMS = {
    "en": {"text": "Your code for test messages of {{ company }}: {{ code }}. It holds for 10 minutes."},
    "zh": {"text": "{{ company }}测试消息的验证码：{{ code }}，10分钟内有效。"},
}
FAX = {
    "en": {"subject": "Your code", "paragraphs": ["Your code for test faxes of {{ company }}: {{ code }}."]},
    "zh": {"subject": "验证码", "paragraphs": ["{{ company }}测试传真的验证码：{{ code }}。"]},
}


def numbers(session: Session, staff_id: int) -> Sequence[TrialNumber]:
    """Every number of *staff_id*, confirmed or not."""
    return session.scalars(
        select(TrialNumber).where(TrialNumber.staff_id == staff_id).order_by(TrialNumber.id)
    ).all()


def confirmed(session: Session, staff_id: int, number_id: int, channel: str) -> TrialNumber:
    """One of them that takes *channel*. Raises NotFound or Conflict."""
    found = _mine(session, staff_id, number_id)
    if found.confirmed_at is None:
        raise Conflict("number_unconfirmed", "confirm this number first: enter the code that was sent there")
    if found.channel != CODES_BY[channel]:
        raise Conflict("number_wrong_kind", "tests by fax go to a fax number, calls and SMS to a mobile")
    return found


def add(session: ScopedSession, staff_id: int, channel: str, number: str) -> TrialNumber:
    """
    Note *number* as *staff_id*'s for *channel* (sms, also for calls, or fax); the caller sends it `new_code`.

    Raises Invalid saying what to enter.
    """
    if channel not in CODES_BY.values():
        raise Invalid("bad_channel", "choose mobile or fax")
    staff = session.get_one(Staff, staff_id)
    address = to_e164(number, session.get_one(Tenant, staff.tenant_id).region)
    mine = select(TrialNumber).where(
        TrialNumber.staff_id == staff_id, TrialNumber.channel == channel, TrialNumber.address == address
    )
    found = session.scalar(mine)
    if found is None:
        found = TrialNumber(tenant_id=staff.tenant_id, staff_id=staff_id, channel=channel, address=address)
        session.add(found)
        session.flush()
        audit.record(
            session, staff.tenant_id, staff.email, "test_number", f"staff:{staff_id}", address=address
        )
    return found


def new_code(session: ScopedSession, number: TrialNumber) -> str:
    """A code to be sent to *number*, good for ten minutes. Raises Conflict once too many were asked for."""
    now = clock.real()
    lately = select(func.coalesce(func.sum(TrialNumber.codes), 0)).where(
        TrialNumber.staff_id == number.staff_id, TrialNumber.code_until > now - DAY
    )
    if (session.scalar(lately) or 0) >= MAX_CODES:
        raise Conflict("codes_used_up", "{most} codes were sent today; try again tomorrow", most=MAX_CODES)
    code = f"{int(hashlib.sha256(clock.new_token().encode()).hexdigest(), 16) % 1_000_000:06}"
    is_today = number.code_until is not None and number.code_until > now - DAY
    number.codes = number.codes + 1 if is_today else 1
    number.code_hash, number.tries = _hashed(number, code), 0
    number.code_until = now + timedelta(seconds=CODE_S)
    return code


def confirm(session: ScopedSession, staff_id: int, number_id: int, code: str) -> bool:
    """Whether *code* is the one that was sent; the number is then confirmed. Commit also if not: tries are counted."""
    number = _mine(session, staff_id, number_id)
    if number.code_until is None or number.code_until < clock.real() or number.tries >= MAX_TRIES:
        return False
    number.tries += 1
    if not hmac.compare_digest(number.code_hash, _hashed(number, code.strip())):
        return False
    number.confirmed_at, number.code_hash = clock.now(), ""
    return True


def code_content(session: ScopedSession, number: TrialNumber) -> Mapping[str, Any]:
    """What a code's source carries; a letter also names who sends it."""
    tenant = session.get_one(Tenant, number.tenant_id)
    mine = select(Sender.address).where(Sender.tenant_id == tenant.id).order_by(Sender.id).limit(1)
    phone = session.scalar(mine) or ""
    names = {"company": tenant.name, "company_phone": phone, "opt_out_phone": phone, "opt_out_fax": phone}
    return {"texts": FAX if number.channel == "fax" else SMS, "variables": names}


def _hashed(number: TrialNumber, code: str) -> str:
    return hashlib.sha256(f"{number.id}:{number.address}:{code}".encode()).hexdigest()


def _mine(session: Session, staff_id: int, number_id: int) -> TrialNumber:
    mine = select(TrialNumber).where(TrialNumber.id == number_id, TrialNumber.staff_id == staff_id)
    found = session.scalar(mine)
    if found is None:
        raise NotFound("no_number", "there is no such number of yours")
    return found
