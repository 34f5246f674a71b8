"""What the ledger keeps: one class a table, its fields the columns.

Calls, texts, faxes and recordings change while they live and are saved again at each change; the others are written
once. Every `*_at` is business time in ISO 8601 (UTC) except `real_at`, which is the real instant of the row's making.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(slots=True)
class Call:
    """One leg to or from one telephone. `left_at` is the instant of dialling, `asked` the form that ordered it."""

    n: int
    sid: str
    account: str
    to: str
    from_: str
    direction: str
    status: str
    attempt: int
    created_at: str
    updated_at: str
    real_at: str
    asked: str = ""
    left_at: str | None = None
    answered_at: str | None = None
    ended_at: str | None = None
    duration_s: int | None = None
    queue_ms: int = 0
    parent: str | None = None
    answered_by: str | None = None
    sip_code: int | None = None
    ended_by: str | None = None


@dataclass(slots=True)
class Text:
    """One text message. `left_at` is the instant it was handed to the network."""

    n: int
    sid: str
    account: str
    to: str
    from_: str
    direction: str
    status: str
    attempt: int
    created_at: str
    updated_at: str
    real_at: str
    body: str
    segments: int = 1
    media: int = 0
    status_callback: str = ""
    left_at: str | None = None
    error_code: int | None = None


@dataclass(slots=True)
class Fax:
    """One fax. `pages_confirmed` is what the sender was told, `pages_kept` what the receiving machine has."""

    n: int
    sid: str
    account: str
    to: str
    from_: str
    direction: str
    status: str
    attempt: int
    created_at: str
    updated_at: str
    real_at: str
    media_url: str
    quality: str = "fine"
    status_callback: str = ""
    left_at: str | None = None
    duration_s: int | None = None
    pages: int | None = None
    pages_confirmed: int | None = None
    pages_kept: int | None = None
    document_sha256: str | None = None
    remote_station: str = ""
    error_code: int | None = None
    error_message: str | None = None


@dataclass(slots=True)
class Recording:
    """What a caller said after the tone, or a whole recorded call."""

    n: int
    sid: str
    account: str
    call: str
    source: str
    status: str
    duration_s: int
    created_at: str
    updated_at: str
    real_at: str


class Request(NamedTuple):
    """One REST request received and how it was answered; `fault` names an ordered disturbance."""

    at: str
    real_at: str
    account: str
    method: str
    path: str
    to: str
    from_: str
    status: int
    code: int
    sid: str
    fault: str


class Key(NamedTuple):
    """One key pressed by a subscriber."""

    at: str
    real_at: str
    call: str
    key: str


class Step(NamedTuple):
    """One line of a call's transcript: what was said, played, pressed, recorded or dialled."""

    at: str
    real_at: str
    call: str
    kind: str
    value: str


class FaxPage(NamedTuple):
    """One page a fax machine received; `sha256` is of the page's picture, whatever file it came in."""

    at: str
    real_at: str
    fax: str
    to: str
    page: int
    confirmed: int
    sha256: str


class Webhook(NamedTuple):
    """One request made to a customer's server. `status` 0: no answer; `fault`: lost or doubled by order."""

    at: str
    real_at: str
    sid: str
    kind: str
    method: str
    url: str
    body: str
    try_: int
    status: int
    ms: int
    error: str
    fault: str


class Problem(NamedTuple):
    """A mistake or warning under Twilio's number, as its debugger would show it."""

    at: str
    real_at: str
    account: str
    sid: str
    code: int
    level: str
    url: str
    message: str


RESOURCES: dict[str, type] = {"calls": Call, "texts": Text, "faxes": Fax, "recordings": Recording}
LOGS: dict[str, type] = {
    "requests": Request,
    "keys": Key,
    "steps": Step,
    "fax_pages": FaxPage,
    "webhooks": Webhook,
    "problems": Problem,
}
