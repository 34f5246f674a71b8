"""Times that can be booked, and who has them (R-58). A place in a slot is taken by one appointment at a time: an index says so."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, TenantScoped

# the states in which an appointment has its place
TAKING = ("offered", "booked", "confirmed")
TAKEN = text("(state IN ('offered', 'booked', 'confirmed'))")


class Slot(Base, TenantScoped):
    """A time at which *places* customers can be received at *resource* (a bay, an adviser); 0 places: it is closed."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("tenant_id", "resource", "starts_at"),
        Index("ix_slot_starts_at", "tenant_id", "starts_at"),
    )

    resource: Mapped[str] = mapped_column(String(60))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    places: Mapped[int] = mapped_column(default=1)


class Appointment(Base, TenantScoped):
    """
    A customer in *place* (from 1) of a slot. `offered` keeps it until *held_until* (ten minutes) while somebody decides; `moved` has a
    later one, whose *earlier_id* it is. *origin* says where it came from, such as call:CA…, and is there once.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        Index(
            "ix_appointment_place",
            "slot_id",
            "place",
            unique=True,
            sqlite_where=TAKEN,
            postgresql_where=TAKEN,
        ),
        Index("ix_appointment_origin", "tenant_id", "origin", unique=True),
        Index("ix_appointment_slot", "slot_id"),
        Index("ix_appointment_held", "tenant_id", "state", "held_until"),
        Index("ix_appointment_customer", "customer_id"),
    )

    STATES: ClassVar = {
        "offered": ("booked", "expired"),
        "booked": ("confirmed", "kept", "missed", "moved", "cancelled"),
        "confirmed": ("kept", "missed", "moved", "cancelled"),
        # whoever ticked the wrong one ticks the other
        "kept": ("missed",),
        "missed": ("kept",),
        "moved": (),
        "cancelled": (),
        "expired": (),
    }

    slot_id: Mapped[int] = mapped_column(BigId, ForeignKey("slot.id"))
    place: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customer.id"))
    address: Mapped[str] = mapped_column(String(32), default="")
    vehicle_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("vehicle.id", ondelete="SET NULL"))
    work_order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("work_order.id"))
    earlier_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("appointment.id"))
    kind: Mapped[str] = mapped_column(String(40), default="")
    wish: Mapped[str] = mapped_column(String(400), default="")
    origin: Mapped[str] = mapped_column(String(100))
    held_until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
