"""Somebody on the telephone, and how to read what they hear."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

URL = "https://carillon.example"
ACCOUNT, TOKEN = "AC" + "0" * 31 + "1", "exchange-demo-token"
HOTLINE, CALLER, AGENT = "+18005550100", "+14155550123", "+14155550999"


def parsed(document: str) -> ET.Element:
    """The root of a document of ours."""
    return ET.fromstring(document)  # noqa: S314  # made by ourselves


@dataclass
class Caller:
    """Somebody on the telephone: each request is made and signed as the carrier would."""

    client: FlaskClient
    sid: str = "CA" + "a" * 32
    from_: str = CALLER
    to: str = HOTLINE
    direction: str = "inbound"
    heard: list[str] = field(default_factory=list)
    document: str = ""

    def post(self, path: str, **more: str) -> TestResponse:
        """One signed request."""
        form = {
            "CallSid": self.sid,
            "AccountSid": ACCOUNT,
            "From": self.from_,
            "To": self.to,
            "CallStatus": "in-progress",
            "Direction": self.direction,
            **more,
        }
        signature = RequestValidator(TOKEN).compute_signature(URL + path, form)
        return self.client.post(path, data=form, headers={"X-Twilio-Signature": signature})

    def ring(self, path: str = "/ivr/answer", **more: str) -> str:
        """The document the call begins with."""
        return self._take(self.post(path, **more))

    def press(self, digits: str) -> str:
        """The document after entering *digits* at the Gather heard last; "" enters nothing."""
        return self._take(self.post(self.target("Gather"), Digits=digits))

    def target(self, verb: str) -> str:
        """The path the present document sends the answer of *verb* to."""
        found = next(iter(parsed(self.document).iter(verb)))
        return (found.get("action") or "").removeprefix(URL)

    def _take(self, answer: TestResponse) -> str:
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "text/xml"
        self.document = answer.text
        self.heard += [say.text or "" for say in parsed(answer.text).iter("Say")]
        return answer.text


def words(document: str) -> str:
    """Everything a document says."""
    return " ".join(say.text or "" for say in parsed(document).iter("Say"))
