"""One account at a server of Twilio's shape: create, look at, list and change calls, messages and faxes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from typing import Any
from urllib.parse import quote

from twilio.rest import Client

from core.carriers.base import Listing, Report, SendResult, Unavailable, Unknown
from core.carriers.connection import NotSent
from core.carriers.http import Http
from core.carriers.outcomes import code_of, parsed, result_of
from core.config import Config
from core.errors import Unavailable as CarrierAway

RESOURCES = {"voice": "Calls", "sms": "Messages", "fax": "Faxes"}
LISTS = {
    "Calls": "calls",
    "Messages": "messages",
    "Faxes": "faxes",
    "IncomingPhoneNumbers": "incoming_phone_numbers",
}
# what was ordered by the API, not a leg or a reply that a document of ours made
OURS = ("outbound-api", "outbound", None)
ENDED = {
    "completed", "busy", "no-answer", "failed", "canceled", "delivered", "undelivered", "received", "read",
}  # fmt: skip
PAGE_SIZE = 1000
MAX_PAGES = 50
# the twilio package names this host; requests go to the account's own server all the same
HOST = "https://api.twilio.com"
TOO_LATE = Unavailable("too_late", retry_after_s=0.0, scope="recipient")
Row = dict[str, Any]


class Account:
    """
    *sid* and *token* at the server *base*. *root* is the path of its accounts, *suffix* what each resource ends in.

    A changed or fetched thing comes back as a Report; None means that the carrier knows no such id.
    """

    def __init__(
        self,
        base: str,
        sid: str,
        token: str,
        config: Config,
        root: str = "/2010-04-01/Accounts",
        suffix: str = ".json",
    ) -> None:
        self._http = Http(base, config.send_threads, config.http_timeout_s)
        self._client = Client(sid, token, http_client=self._http)
        self._auth = (sid, token)
        self._headers: dict[str, str] = self._client.get_headers("POST", None)
        self._account = f"{HOST}{root}/{quote(sid, safe='')}"
        self._suffix = suffix
        self._create = {channel: f"{self._account}/{name}{suffix}" for channel, name in RESOURCES.items()}

    def create(self, channel: str, form: Mapping[str, object], not_after: float = inf) -> SendResult:
        """Order a call, message or fax; nothing is sent from *not_after* (monotonic) on."""
        try:
            answer = self._http.request(
                "POST",
                self._create[channel],
                data=form,
                headers=self._headers,
                auth=self._auth,
                not_after=not_after,
            )
        except NotSent as error:
            return TOO_LATE if error.code == TOO_LATE.code else Unavailable(error.code)
        except CarrierAway as error:
            return Unknown(error.code)
        return result_of(answer.status_code, answer.text, answer.headers.get("Retry-After"))

    def fetch(self, channel: str, carrier_id: str) -> Report | None:
        """The present state of one."""
        status, row = self.ask("GET", self._one(channel, carrier_id))
        return None if status == 404 else report_of(row)

    def change(self, channel: str, carrier_id: str, **form: str) -> Report | None:
        """Change one; its state afterwards, also where the carrier refuses the change."""
        status, row = self.ask("POST", self._one(channel, carrier_id), form=form)
        if status >= 400:
            return None if status == 404 else self.fetch(channel, carrier_id)
        return report_of(row)

    def redirect(self, carrier_id: str, url: str) -> bool:
        """Send a live call to *url*; whether it still could be."""
        status, _ = self.ask("POST", self._one("voice", carrier_id), form={"Url": url, "Method": "POST"})
        return status < 300

    def members(self, queue_id: str) -> list[str]:
        """The calls that wait in a queue, the longest wait first; the list of an unknown queue is empty."""
        status, row = self.ask("GET", self._members(queue_id), query={"PageSize": str(PAGE_SIZE)})
        if status == 404:
            return []
        if status >= 400 or not isinstance(row.get("queue_members"), list):
            raise CarrierAway(
                "carrier_error", "the carrier does not show a queue ({code})", code=code_of(row) or status
            )
        return [str(one["call_sid"]) for one in row["queue_members"] if "call_sid" in one]

    def dequeue(self, queue_id: str, carrier_id: str, url: str) -> bool:
        """Send a call that waits in a queue to *url*; whether it still waited."""
        where = self._members(queue_id, f"/{quote(carrier_id, safe='')}")
        status, _ = self.ask("POST", where, form={"Url": url, "Method": "POST"})
        return status < 300

    def _members(self, queue_id: str, one: str = "") -> str:
        return f"{self._account}/Queues/{quote(queue_id, safe='')}/Members{one}{self._suffix}"

    def stop(self, channel: str, carrier_id: str) -> Report | None:
        """Cancel what is queued; a call in progress is ended."""
        report = self.change(channel, carrier_id, Status="canceled")
        if report and channel == "voice" and report.status not in ENDED:
            report = self.change(channel, carrier_id, Status="completed")
        return report

    def find(self, channel: str, to: str, from_: str, since: datetime, until: datetime) -> Listing:
        """
        All created in that time from one number to another, or to anybody if *to* is empty; to the second.

        Carriers filter by the day it started, which queued ones have not yet, and a message may not have its sender
        yet; so the list is asked for by receiver and sorted out here.
        """
        by = {"To": to, "From": from_ if channel != "sms" or not to else ""}
        query = {"PageSize": str(PAGE_SIZE)} | {name: value for name, value in by.items() if value}
        rows, complete = self.rows(RESOURCES[channel], query)
        reports = [report_of(row) for row in rows if row.get("direction") in OURS]
        earliest = since.replace(microsecond=0)
        fitting = [
            r
            for r in reports
            if r.to == (to or r.to) and r.from_ in (from_, "") and earliest <= r.created_at <= until
        ]
        return Listing(fitting, complete)

    def received(self, channel: str, since: datetime) -> Listing:
        """Every text or call that came in from *since* on: carriers filter by the day, in UTC."""
        day = {"sms": "DateSent>", "voice": "StartTime>"}[channel]
        query = {"PageSize": str(PAGE_SIZE), day: since.date().isoformat()}
        rows, complete = self.rows(RESOURCES[channel], query)
        reports = [report_of(row) for row in rows if row.get("direction") == "inbound"]
        return Listing([one for one in reports if one.created_at >= since.replace(microsecond=0)], complete)

    def rows(self, resource: str, query: Mapping[str, str]) -> tuple[list[Row], bool]:
        """Every entry of a list through all its pages, and whether none is missing."""
        url, params = f"{self._account}/{resource}{self._suffix}", dict(query)
        found: list[Row] = []
        for _ in range(MAX_PAGES):
            status, page = self.ask("GET", url, query=params)
            if status >= 400:
                raise CarrierAway(
                    "carrier_error",
                    "the carrier refused to list {resource} ({code})",
                    resource=resource,
                    code=code_of(page) or status,
                )
            found += _entries(page, resource)
            # a path in the 2010 API; whatever host it named, the account's own server would be asked
            following = "/" + str(page.get("next_page_uri") or "").lstrip("/")
            if following == "/":
                return found, True
            url, params = HOST + quote(following, safe="%/?&=+"), {}
        return found, False

    def about(self) -> Row:
        """The account itself. Raises Unavailable if it cannot be read."""
        status, row = self.ask("GET", self._account + self._suffix)
        if status >= 400:
            raise CarrierAway(
                "carrier_error", "the carrier does not show the account ({code})", code=code_of(row) or status
            )
        return row

    def ask(
        self,
        method: str,
        url: str,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> tuple[int, Row]:
        """
        The carrier's own answer: 2xx or 4xx with its JSON.

        Raises Unavailable (core.errors) if it cannot be reached, has no time, or something else answers.
        """
        answer = self._client.request(method, url, params=query, data=form)
        row = parsed(answer.text)
        if 200 <= answer.status_code < 300 and row:
            return answer.status_code, row
        code = code_of(row)
        if answer.status_code in (401, 403):
            raise CarrierAway(
                "carrier_refuses",
                "the carrier refuses our account or token ({code})",
                code=code or answer.status_code,
            )
        if 400 <= answer.status_code < 500 and answer.status_code != 429 and code:
            return answer.status_code, row
        raise CarrierAway(
            "carrier_away",
            "the carrier does not answer properly (HTTP {status})",
            status=answer.status_code,
        )

    def _one(self, channel: str, carrier_id: str) -> str:
        return f"{self._account}/{RESOURCES[channel]}/{quote(carrier_id, safe='')}{self._suffix}"


def report_of(row: Row) -> Report:
    """A carrier's JSON of one call, message or fax. Raises Unavailable (core.errors) if it is something else."""
    try:
        return Report(
            carrier_id=str(row["sid"]),
            to=str(row.get("to") or ""),
            from_=str(row.get("from") or ""),
            status=str(row["status"]),
            created_at=_instant(str(row["date_created"])),
            code=str(row.get("error_code") or row.get("sip_response_code") or ""),
            duration_s=_number(row.get("duration")),
            pages=_number(row.get("num_pages")),
            body=str(row.get("body") or ""),
        )
    except (KeyError, ValueError) as error:
        raise CarrierAway("carrier_away", "the carrier's answer is not understood") from error


def _entries(page: Row, resource: str) -> list[Row]:
    """What a page of a list holds. An answer without that list is no empty list: absence is a proof."""
    entries = page.get(LISTS[resource])
    if not isinstance(entries, list):
        raise CarrierAway("carrier_away", "the carrier's answer is not understood")
    return [row for row in entries if isinstance(row, dict)]


def _instant(text: str) -> datetime:
    """RFC 2822 as Twilio writes it, or ISO 8601; UTC where nothing is said."""
    found = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _number(value: object) -> int:
    return int(str(value)) if str(value).isdecimal() else 0
