"""Letters by post: entered by whoever posts them, with what became of them (R-49). Faxes enter themselves (fax_letters.py)."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import archive, settings
from aftersales.models import Case, Event, Letter
from aftersales.models.documents import LETTER_KINDS, POST_CAUSES
from core import audit, clock
from core.db import MAX_ID, clean
from core.errors import Conflict, Fault, Invalid, NotFound, WrongFields
from core.models import Tenant
from core.sentences import Sentence
from core.states import move
from customers.models import Customer

LIMITS = {"address": 300, "subject": 200, "sender": 200, "proof": 200}
NOON = timedelta(hours=12)
PDF = "application/pdf"


def post(
    session: Session,
    tenant: Tenant,
    *,
    customer_id: int,
    kind: str,
    subject: str,
    sent_on: date | None,
    sender: str,
    proof: str,
    address: str = "",
    event_id: int | None = None,
    case_id: int | None = None,
    who: str,
) -> Letter:
    """
    Enter a letter that was posted on a day by *sender*; *proof* is what shows that it was, such as a registered letter's number.

    Without *address* it went to the customer's own. Raises WrongFields naming each field.
    """
    customer = session.scalar(
        select(Customer).where(Customer.id == min(customer_id, MAX_ID), Customer.erased_at.is_(None))
    )
    texts = {
        "address": address or (customer.address if customer else ""),
        "subject": subject,
        "sender": sender,
        "proof": proof,
    }
    texts = {name: clean(text).strip() for name, text in texts.items()}
    days, now = settings.days_of(tenant), clock.now()
    faults = [*_text_faults(texts)]
    if customer is None:
        faults.append(Fault("customer_id", "unknown_customer", "there is no such customer"))
    if kind not in LETTER_KINDS:
        faults.append(
            Fault(
                "kind",
                "unknown_kind",
                Sentence("choose what kind of letter it is: {words}", words=LETTER_KINDS),
            )
        )
    if sent_on is None or sent_on > days.on(now):
        faults.append(
            Fault("sent_on", "bad_day", "enter the day on which it was posted, today at the latest")
        )
    for name, model, about, advice in (
        ("event_id", Event, event_id, Sentence("there is no such event; leave it out")),
        ("case_id", Case, case_id, Sentence("there is no such case; leave it out")),
    ):
        if (
            about is not None
            and session.scalar(select(model.id).where(model.id == min(about, MAX_ID))) is None
        ):
            faults.append(Fault(name, f"unknown_{name}", advice))
    if faults:
        raise WrongFields(faults)
    assert sent_on is not None  # else there was a fault
    sent_at = min(now, days.starts(sent_on) + NOON)
    made = Letter(
        tenant_id=tenant.id, kind=kind, means="post", state="sent", customer_id=customer_id, event_id=event_id,
        case_id=case_id, made_at=sent_at, sent_at=sent_at, **texts,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(session, tenant.id, who, "letter_posted", f"letter:{made.id}", customer=customer_id)
    return made


def to_post(session: Session, limit: int = 200) -> list[tuple[Letter, str]]:
    """Letters that wait to be posted, each with its recipient's name, the most urgent first."""
    waiting = select(Letter, Customer.name).join(Customer, Customer.id == Letter.customer_id)
    waiting = waiting.where(Letter.means == "post", Letter.state == "made")
    rows = session.execute(waiting.order_by(Letter.due_on, Letter.id).limit(limit))
    return [(letter, name) for letter, name in rows]


def posted(
    session: Session,
    tenant: Tenant,
    letter: Letter,
    *,
    sent_on: date | None,
    sender: str,
    proof: str,
    pdf: bytes | None,
    who: str,
) -> None:
    """A letter that waited was posted; *pdf* is what was printed, and archived. Raises WrongFields, Conflict if it waits no more."""
    texts = {"sender": clean(sender).strip(), "proof": clean(proof).strip()}
    days, now = settings.days_of(tenant), clock.now()
    faults = _text_faults(texts)
    if sent_on is None or sent_on > days.on(now):
        faults.append(
            Fault("sent_on", "bad_day", "enter the day on which it was posted, today at the latest")
        )
    if faults or sent_on is None:
        raise WrongFields(faults)
    sha256 = archive.keep(session, tenant.id, f"letter-{letter.id}.pdf", PDF, pdf) if pdf else ""
    sent_at = min(now, days.starts(sent_on) + NOON)
    move(session, letter, "sent", sent_at=sent_at, sha256=sha256, **texts)
    audit.record(session, tenant.id, who, "letter_posted", f"letter:{letter.id}", customer=letter.customer_id)


def not_posted(session: Session, letter: Letter, who: str) -> None:
    """It is not to be posted after all. Raises Conflict if it waits no more."""
    if letter.state != "made":
        raise Conflict("bad_transition", "this letter was posted already")
    move(session, letter, "failed", cause="not_posted")
    audit.record(session, letter.tenant_id, who, "letter_not_posted", f"letter:{letter.id}")


def arrived(session: Session, letter: Letter, who: str) -> None:
    """There is word that it was handed over. Raises Conflict if that, or that it came back, is known already."""
    _check_posted(letter)
    move(session, letter, "delivered", delivered_at=clock.now(), cause="")
    audit.record(session, letter.tenant_id, who, "letter_arrived", f"letter:{letter.id}")


def came_back(session: Session, letter: Letter, cause: str, who: str) -> None:
    """It did not arrive, because of one of POST_CAUSES. Raises Invalid for another, Conflict as `arrived`."""
    _check_posted(letter)
    if cause not in POST_CAUSES:
        raise Invalid("unknown_cause", "choose why it came back: {words}", words=POST_CAUSES)
    move(session, letter, "failed", cause=cause)
    audit.record(session, letter.tenant_id, who, "letter_came_back", f"letter:{letter.id}", cause=cause)


def get(session: Session, letter_id: int) -> Letter:
    """A letter of the session's tenant. Raises NotFound."""
    found = session.scalar(select(Letter).where(Letter.id == min(letter_id, MAX_ID)))
    if found is None:
        raise NotFound("no_letter", "there is no such letter")
    return found


def _text_faults(texts: dict[str, str]) -> list[Fault]:
    advice = {
        "address": Sentence("enter where it was sent to: the customer has no address on file"),
        "subject": Sentence("enter what it was about"),
        "sender": Sentence("enter who sent it"),
        "proof": Sentence("enter what shows that it was sent, such as the number of the registered letter"),
    }
    return [
        Fault(name, "missing", advice[name])
        if not text
        else Fault(name, "too_long", Sentence("shorten this to {most} characters", most=LIMITS[name]))
        for name, text in texts.items()
        if not text or len(text) > LIMITS[name]
    ]


def _check_posted(letter: Letter) -> None:
    if letter.state == "made":
        raise Conflict("not_sent", "this letter has not been posted yet")
    if letter.means != "post":
        raise Conflict("not_posted", "this letter went by fax: what became of it is told by the carrier")
