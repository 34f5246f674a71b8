"""Customers, their numbers and vehicles, what they agreed to, whom never to contact, and every touch."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, SentenceText, TenantScoped

NUMBER_KINDS = ("mobile", "landline", "fax")
CHANNELS = ("voice", "sms", "fax")
PURPOSES = ("marketing", "service", "transactional")
CONSENTS = ("express_written", "express", "relationship")
# what the database of reassigned numbers answers
REASSIGNED = ("yes", "no", "no_data")
# all: nothing more to this address; marketing: service and transactional contacts go on
SCOPES = ("all", "marketing")


class Customer(Base, TenantScoped):
    """A person or firm in the file. *reference* is the company's own customer number."""

    __tablename__ = "customer"
    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        Index("ix_customer_name", "tenant_id", "name"),
    )

    reference: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    company: Mapped[str] = mapped_column(String(120), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    zone: Mapped[str] = mapped_column(String(60), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(40), default="")
    preferred_channel: Mapped[str] = mapped_column(String(8), default="")
    tags: Mapped[list[Any]] = mapped_column(default=list)
    # who follows this customer up
    agent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    # nothing that names anybody is left; the row stays for what the law wants kept
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class CustomerNumber(Base, TenantScoped):
    """One telephone number of a customer, E.164. The lowest *position* of a kind is tried first."""

    __tablename__ = "customer_number"
    __table_args__ = (
        UniqueConstraint("customer_id", "address", "kind"),
        Index("ix_customer_number_address", "tenant_id", "address"),
    )

    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customer.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(8))
    position: Mapped[int] = mapped_column(default=0)


class Vehicle(Base, TenantScoped):
    """A vehicle (or other product) we look after."""

    __tablename__ = "vehicle"
    __table_args__ = (Index("ix_vehicle_plate", "tenant_id", "plate"),)

    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    plate: Mapped[str] = mapped_column(String(20), default="")
    model: Mapped[str] = mapped_column(String(80), default="")
    kind: Mapped[str] = mapped_column(String(40), default="")
    serial: Mapped[str] = mapped_column(String(40), default="")
    service_every_months: Mapped[int] = mapped_column(default=0)
    next_service_on: Mapped[date | None] = mapped_column(Date)
    sold_on: Mapped[date | None] = mapped_column(Date)
    warranty_until: Mapped[date | None] = mapped_column(Date)


class ConsentEvent(Base, TenantScoped):
    """A customer agreed (or took it back). The latest event per purpose and channel counts; "" is every channel."""

    __tablename__ = "consent_event"
    __table_args__ = (Index("ix_consent_event_customer", "customer_id", "purpose", "at"),)

    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customer.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(8), default="")
    level: Mapped[str] = mapped_column(String(20), default="")
    is_given: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class Suppression(Base, TenantScoped):
    """A do-not-contact entry. It is about the address, whoever holds it, and outlives every customer."""

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("tenant_id", "address", "scope"),)

    address: Mapped[str] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class ErasedSuppression(Base, TenantScoped):
    """
    A do-not-contact entry of somebody who was erased: *mark* is the keyed hash of the address (customers/erasing.py). If the
    address ever comes back, so does the entry.
    """

    __tablename__ = "erased_suppression"
    __table_args__ = (UniqueConstraint("tenant_id", "mark", "scope"),)

    mark: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]


class DoNotCallList(Base, TenantScoped):
    """
    One loading of a public do-not-call list, as it was at *as_of*. The current one of a *region* binds.

    *loaded_at* is None while it is being loaded: nobody goes by it before it is whole.
    """

    __tablename__ = "do_not_call_list"
    __table_args__ = (Index("ix_do_not_call_list_region", "tenant_id", "region"),)

    region: Mapped[str] = mapped_column(String(2))
    source: Mapped[str] = mapped_column(String(120))
    is_current: Mapped[bool] = mapped_column(default=False)
    as_of: Mapped[datetime]
    created_at: Mapped[datetime]
    loaded_at: Mapped[datetime | None]


class DoNotCallEntry(Base, TenantScoped):
    """A number on a public do-not-call list, E.164."""

    __tablename__ = "do_not_call_entry"
    __table_args__ = (UniqueConstraint("list_id", "address"),)

    list_id: Mapped[int] = mapped_column(BigId, ForeignKey("do_not_call_list.id"))
    address: Mapped[str] = mapped_column(String(16))


class ReassignedNumber(Base, TenantScoped):
    """What the database of reassigned numbers last said of an address: has it another subscriber since *asked_on*?"""

    __tablename__ = "reassigned_number"
    __table_args__ = (UniqueConstraint("tenant_id", "address"),)

    address: Mapped[str] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(String(8))
    asked_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(120))


class Touch(Base, TenantScoped):
    """
    One contact with a customer, in or out, by any channel or person: what frequency caps count.

    `intended` is written with the claim, before anything can have left; it becomes `made`, or `void` when nothing was
    sent or nothing can have been noticed (busy, undelivered): then it does not count, unless a late word proves that it was sent.
    """

    __tablename__ = "touch"
    __table_args__ = (
        Index("ix_touch_customer_at", "customer_id", "at"),
        UniqueConstraint("source", "tenant_id", "direction"),
    )

    STATES: ClassVar = {"intended": ("made", "void"), "made": ("void",), "void": ("intended",)}

    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customer.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(8))
    direction: Mapped[str] = mapped_column(String(3))
    purpose: Mapped[str] = mapped_column(String(16))
    # who made it, such as attempt:81 or call:CA…: unique, so that a repeated record is one touch
    source: Mapped[str] = mapped_column(String(80))
    campaign: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(10), default="made")
    at: Mapped[datetime]


class CustomerImport(Base, TenantScoped):
    """
    A file of customers on its way in; the file itself lies in STATE_DIR/uploads under *token*.

    `checking` reads it and writes nobody, `importing` takes the good rows. *worker* works on it until *lease_until* (real
    time). The counts are those of the rows so far; *rejects_bytes* is how much of the file of rejected rows belongs to them,
    so that whoever takes over after a crash goes on exactly there. *shown* are the first rejections.
    """

    __tablename__ = "customer_import"
    __table_args__ = (Index("ix_customer_import_state", "state", "lease_until"),)

    STATES: ClassVar = {
        "checking": ("checked", "failed", "cancelled"),
        "checked": ("checking", "importing", "cancelled"),
        "importing": ("finished", "failed", "cancelled"),
        "finished": (),
        "failed": (),
        "cancelled": (),
    }

    name: Mapped[str] = mapped_column(String(120))
    token: Mapped[str] = mapped_column(String(22), unique=True)
    region: Mapped[str] = mapped_column(String(2))
    sheet: Mapped[str] = mapped_column(String(60), default="")
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(10))
    encoding: Mapped[str] = mapped_column(String(12), default="")
    left_out: Mapped[list[Any]] = mapped_column(default=list)
    percent: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    duplicates: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    rejects_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    shown: Mapped[list[Any]] = mapped_column(default=list)
    code: Mapped[str] = mapped_column(String(40), default="")
    message: Mapped[str] = mapped_column(SentenceText(400), default="")
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    worker: Mapped[str] = mapped_column(String(22), default="")
    lease_until: Mapped[datetime | None]
