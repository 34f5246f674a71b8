"""Who may sign in: new staff, and their passwords (Argon2id; rules after NIST SP 800-63B: long, not guessable, no mixtures asked for)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from aftersales import settings
from core import clock
from core.audit import record
from core.characters import clean
from core.errors import Conflict, Invalid, NotFound
from core.languages import LANGUAGES
from core.models import ROLES, Staff, Tenant

MIN_PASSWORD = 12
MAX_PASSWORD = 200
EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
GUESSED_FIRST = frozenset(
    ("123456789012", "passwordpassword", "password1234", "qwertyuiop12", "carilloncarillon")
)

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """*password* as an Argon2id string that holds its own salt and costs."""
    return _hasher.hash(_normal(password))


def verify(hashed: str | None, password: str) -> bool:
    """Whether *password* belongs to *hashed*. None, for an unknown address, takes as long and is False."""
    try:
        _hasher.verify(hashed or _nobody(), _normal(password)[:MAX_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def digest_of(hashed: str) -> str:
    """What tells one kept password from the next, and nothing about it."""
    return hashlib.sha256(hashed.encode()).hexdigest()[:16]


def needs_rehash(hashed: str) -> bool:
    """Whether *hashed* was made with lower costs than today's."""
    return _hasher.check_needs_rehash(hashed)


@lru_cache(1)
def _nobody() -> str:
    return _hasher.hash(clock.new_token())


def _normal(password: str) -> str:
    """One person types é as one character, another keyboard as two."""
    return unicodedata.normalize("NFKC", password)


def email_key(email: str) -> str:
    """The form in which an e-mail address is kept and looked for."""
    return unicodedata.normalize("NFKC", email).strip().lower()


def check_password(password: str, email: str, name: str) -> None:
    """Raise Invalid, saying what to enter, if *password* is too easily guessed."""
    text = _normal(clean(password))
    folded = text.casefold()
    if len(text) < MIN_PASSWORD:
        raise Invalid(
            "password_short",
            "enter a password of at least {least} characters; a sentence is easy to remember",
            least=MIN_PASSWORD,
        )
    if len(text) > MAX_PASSWORD:
        raise Invalid("password_long", "enter a password of at most {most} characters", most=MAX_PASSWORD)
    if len(set(folded)) < 5 or folded in GUESSED_FIRST:
        raise Invalid(
            "password_guessable",
            "enter a password that is not a repetition or one of the first anybody would try",
        )
    personal = [part for part in (email.split("@")[0].casefold(), name.casefold()) if len(part) >= 4]
    if any(part in folded for part in personal):
        raise Invalid(
            "password_personal", "enter a password that holds neither the name nor the e-mail address"
        )


def check_department(tenant: Tenant, department: str) -> None:
    """Raises Invalid for one the tenant does not have; "" is none."""
    known = settings.of(tenant).departments
    if department and department not in known:
        raise Invalid("unknown_department", "choose a department: {words}", words=known)


def add_staff(
    session: Session,
    tenant_id: int,
    email: str,
    name: str,
    roles: Collection[str],
    language: str,
    password: str,
    department: str = "",
    who: str = "cli",
) -> Staff:
    """Add a person who may sign in. Raises Invalid or Conflict saying what to enter, and adds nobody."""
    email, name = email_key(clean(email)), clean(name).strip()
    tenant = session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound("no_tenant", "there is no company {number}", number=tenant_id)
    if not EMAIL.fullmatch(email) or len(email) > 200:
        raise Invalid("bad_email", "enter an e-mail address such as li.wei@example.com")
    if not 1 <= len(name) <= 120:
        raise Invalid("bad_name", "enter a name of 1 to 120 characters")
    if not roles or set(roles) - ROLES.keys():
        raise Invalid("bad_roles", "enter one or more of these roles: {roles}", roles=ROLES)
    if language not in LANGUAGES:
        raise Invalid("bad_language", "enter one of these languages: {languages}", languages=LANGUAGES)
    check_department(tenant, department)
    check_password(password, email, name)
    staff = Staff(
        tenant_id=tenant_id,
        email=email,
        name=name,
        password=hash_password(password),
        language=language,
        roles=[role for role in ROLES if role in roles],
        department=department,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(staff)
    except IntegrityError:  # addresses are unique over all companies, of which this session may see one
        raise Conflict("email_taken", "somebody signs in with {email} already", email=email) from None
    record(session, tenant_id, who, "staff.add", f"staff:{staff.id}", roles=staff.roles)
    return staff
