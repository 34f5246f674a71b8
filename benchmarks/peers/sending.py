"""
The peer of `dispatch_vs_celery`: one Celery task per recipient, over Redis, PostgreSQL, SQLAlchemy and the twilio client.

A task takes its recipient by compare-and-set, looks for a suppression, posts and records: three short transactions, so
that no connection is held while the carrier is asked. It knows no quiet hours, caps, rates or reconciliation.
"""

from __future__ import annotations

import os
import threading

from celery import Celery  # type: ignore[import-not-found,unused-ignore]  # only in the peers' environment
from sqlalchemy import String, create_engine, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

app = Celery("peer", broker=os.environ.get("PEER_BROKER", ""))
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=8,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    task_store_errors_even_if_ignored=False,
)
engine = create_engine(
    os.environ.get("PEER_DATABASE", "sqlite://"),
    **({"pool_size": 40} if "PEER_DATABASE" in os.environ else {}),
)
_own = threading.local()
BODY = "Hello {name}, your appointment is tomorrow at nine. Reply STOP to opt out."


class Base(DeclarativeBase):
    """The peer's tables."""


class Recipient(Base):
    """One recipient: pending, sending, sent or blocked."""

    __tablename__ = "peer_recipient"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(10), default="pending", index=True)
    sid: Mapped[str] = mapped_column(String(64), default="")


class Suppression(Base):
    """Somebody who opted out."""

    __tablename__ = "peer_suppression"

    address: Mapped[str] = mapped_column(String(16), primary_key=True)


def client() -> Client:
    """This thread's client, with a kept connection."""
    if not hasattr(_own, "client"):
        sid, token = "AC00000000000000000000000000000001", "exchange-demo-token"
        _own.client = Client(sid, token, http_client=TwilioHttpClient(timeout=15))
        _own.client.api.base_url = os.environ["PEER_CARRIER"]
    found: Client = _own.client
    return found


@app.task(name="send")  # type: ignore[untyped-decorator,unused-ignore]  # Celery has no types
def send(recipient_id: int) -> None:
    """Text one recipient."""
    with Session(engine) as session, session.begin():
        mine = (Recipient.id == recipient_id, Recipient.status == "pending")
        taken = (
            update(Recipient)
            .where(*mine)
            .values(status="sending")
            .returning(Recipient.name, Recipient.address)
        )
        recipient = session.execute(taken).one_or_none()
        if recipient is None:
            return
        if session.scalar(select(Suppression.address).where(Suppression.address == recipient.address)):
            session.execute(update(Recipient).where(Recipient.id == recipient_id).values(status="blocked"))
            return
    message = client().messages.create(
        to=recipient.address,
        from_="+18005550100",
        body=BODY.format(name=recipient.name),
        status_callback=f"http://127.0.0.1:8000/receipts/{recipient_id}",
        validity_period=14_400,
    )
    with Session(engine) as session, session.begin():
        done = update(Recipient).where(Recipient.id == recipient_id)
        session.execute(done.values(status="sent", sid=message.sid))
