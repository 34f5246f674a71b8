from __future__ import annotations

import io
from typing import Any

import pypdfium2
import pytest
import requests
from PIL import Image, ImageDraw

from exchange.population import SubscriberBook
from exchange.rows import Fax, FaxPage
from exchange.server import InThread
from exchange.signature import sign
from exchange.subscribers import Subscribers
from tests.exchange.conftest import ACCOUNT, HOTLINE, TOKEN, Office, Page, Start

TO = "+17770001234"
MACHINES = {"prefixes": {"+1777": "fax"}}


def tiff(*words: str) -> Page:
    pictures = []
    for word in words:
        picture = Image.new("1", (1728, 400), 1)
        ImageDraw.Draw(picture).text((100, 100), word, fill=0)
        pictures.append(picture)
    file = io.BytesIO()
    pictures[0].save(file, "TIFF", save_all=True, append_images=pictures[1:], compression="group4")
    return Page(file.getvalue(), kind="image/tiff")


def pdf(pages: int) -> Page:
    file = io.BytesIO()
    with pypdfium2.PdfDocument.new() as document:
        for _ in range(pages):
            document.new_page(595, 842)
        document.save(file)
    return Page(file.getvalue(), kind="application/pdf")


def post(exchange: InThread, path: str = "Faxes", prefix: str = "", **form: str) -> requests.Response:
    url = f"{exchange.base_url}{prefix}/2010-04-01/Accounts/{ACCOUNT}/{path}"
    return requests.post(url, data=form, auth=(ACCOUNT, TOKEN), timeout=30)


def send(exchange: InThread, office: Office, **more: str) -> dict[str, Any]:
    form = {
        "To": TO,
        "From": HOTLINE,
        "MediaUrl": office.url + "/doc",
        "StatusCallback": office.url + "/cb",
        **more,
    }
    answer = post(exchange, **form)
    assert answer.status_code == 200, answer.text
    exchange.wait_idle()
    content: dict[str, Any] = answer.json()
    return content


def fetch(exchange: InThread, sid: str) -> dict[str, Any]:
    url = f"{exchange.base_url}/2010-04-01/Accounts/{ACCOUNT}/Faxes/{sid}.json"
    content: dict[str, Any] = requests.get(url, auth=(ACCOUNT, TOKEN), timeout=30).json()
    return content


@pytest.mark.parametrize("make", [lambda: tiff("One", "Two"), lambda: pdf(2)], ids=["tiff", "pdf"])
def test_a_good_fax_arrives_page_by_page(start: Start, office: Office, make: Any) -> None:
    exchange = start(subscribers=MACHINES)
    office.pages["/doc"] = make()
    made = send(exchange, office)
    assert (made["status"], made["num_pages"]) == ("queued", None)
    reports = [asked.params for asked in office.at("/cb")]
    assert [report["FaxStatus"] for report in reports] == ["processing", "sending", "delivered"]
    assert (reports[-1]["NumPages"], reports[-1]["RemoteStationId"]) == ("2", TO)
    assert "ErrorCode" not in reports[-1]
    fax = fetch(exchange, made["sid"])
    assert (fax["status"], fax["num_pages"], fax["error_code"]) == ("delivered", 2, None)
    assert fax["duration"] == 65
    pages = exchange.ledger.rows(FaxPage)
    assert [(page.page, page.confirmed) for page in pages] == [(1, 1), (2, 1)]


def test_a_page_is_known_again_in_another_document(start: Start, office: Office) -> None:
    exchange = start(subscribers=MACHINES)
    office.pages["/doc"] = tiff("One", "Two")
    send(exchange, office)
    office.pages["/doc"] = tiff("Two")
    send(exchange, office)
    prints = [page.sha256 for page in exchange.ledger.rows(FaxPage)]
    assert prints[1] == prints[2]
    assert prints[0] != prints[1]
    hashes = [fax.document_sha256 for fax in exchange.ledger.rows(Fax)]
    assert hashes[0] != hashes[1]


@pytest.mark.parametrize(
    ("does", "status", "code"),
    [
        pytest.param("busy", "busy", "486", id="busy"),
        pytest.param("no_answer", "no-answer", "487", id="rings out"),
        pytest.param("voice", "failed", None, id="not a fax"),
        pytest.param("no_fine", "failed", "11", id="cannot do fine"),
        pytest.param("cut", "failed", "49", id="cut"),
    ],
)
def test_how_faxes_fail(start: Start, office: Office, does: str, status: str, code: str | None) -> None:
    exchange = start(subscribers={**MACHINES, "numbers": {TO: {"fax": does}}})
    office.pages["/doc"] = tiff("One", "Two", "Three")
    fax = fetch(exchange, send(exchange, office)["sid"])
    assert fax["status"] == status
    assert fax["error_code"] in ((code,) if code else ("2", "3"))
    assert office.at("/cb")[-1].params["ErrorMessage"] == fax["error_message"]
    kept = [page for page in exchange.ledger.rows(FaxPage) if page.confirmed]
    assert len(kept) == fax["num_pages"] == int(office.at("/cb")[-1].params["NumPages"])


def test_the_machine_may_hold_a_page_the_sender_does_not_know_of(start: Start, office: Office) -> None:
    people = {**MACHINES, "fax": {"fax": {"cut": 1}}}
    lucky = Subscribers(SubscriberBook.model_validate(people), 1)
    to = next(n for n in (f"+1777000{i:04d}" for i in range(99)) if lucky.luck(n, 1, "fax line") >= 0.5)
    exchange = start(seed=1, subscribers=people)
    office.pages["/doc"] = tiff("One", "Two", "Three")
    fax = fetch(exchange, send(exchange, office, To=to)["sid"])
    pages = exchange.ledger.rows(FaxPage)
    assert len(pages) == fax["num_pages"] + 1
    assert [page.confirmed for page in pages] == [1] * fax["num_pages"] + [0]


@pytest.mark.parametrize(
    ("page", "says"),
    [
        pytest.param(Page("gone", status=404), "HTTP status 404", id="not there"),
        pytest.param(Page("hello", kind="application/pdf"), "neither PDF nor TIFF", id="a lie"),
        pytest.param(Page(b"%PDF-1.7 broken", kind="application/pdf"), "PDF cannot be read", id="broken pdf"),
        pytest.param(Page(b"II*\0broken", kind="image/tiff"), "TIFF cannot be read", id="broken tiff"),
        pytest.param(Page(b"%PDF-" + b"x" * (21 * 2**20)), "larger than 20 MB", id="too large"),
        pytest.param(Page(pdf(201).body), "more than 200 pages", id="too many pages"),
    ],
)
def test_a_document_that_cannot_be_faxed_is_not_dialled(
    start: Start, office: Office, page: Page, says: str
) -> None:
    exchange = start(subscribers=MACHINES)
    office.pages["/doc"] = page
    fax = fetch(exchange, send(exchange, office)["sid"])
    assert fax["status"] == "failed"
    assert says in fax["error_message"]
    assert [asked.params["FaxStatus"] for asked in office.at("/cb")] == ["processing", "failed"]
    assert exchange.ledger.contacts() == []


def test_reports_carry_both_signatures(start: Start, office: Office) -> None:
    account = {"sid": ACCOUNT, "token": TOKEN, "cps": 100, "fax_signing_key": "PSK_key"}
    exchange = start(accounts=[account], subscribers=MACHINES)
    office.pages["/doc"] = tiff("One")
    send(exchange, office)
    for report in office.at("/cb"):
        assert report.signed
        expected = sign("PSK_key", office.url + "/cb", report.params.items())
        assert report.headers["X-SignalWire-Signature"] == expected


def test_signalwires_prefix_leads_to_the_same_faxes(start: Start, office: Office) -> None:
    exchange = start(subscribers=MACHINES)
    office.pages["/doc"] = tiff("One")
    form = {"To": TO, "From": HOTLINE, "MediaUrl": office.url + "/doc"}
    sid = post(exchange, prefix="/api/laml", **form).json()["sid"]
    exchange.wait_idle()
    assert fetch(exchange, sid)["status"] == "delivered"
    url = f"{exchange.base_url}/api/laml/2010-04-01/Accounts/{ACCOUNT}/Faxes?Status=delivered&To={TO.replace('+', '%2B')}"
    listed = requests.get(url, auth=(ACCOUNT, TOKEN), timeout=30).json()
    assert [fax["sid"] for fax in listed["faxes"]] == [sid]


def test_a_fax_is_cancelled_only_while_it_waits(start: Start, office: Office) -> None:
    exchange = start(accounts=[{"sid": ACCOUNT, "token": TOKEN, "cps": 0.01}], subscribers=MACHINES)
    office.pages["/doc"] = tiff("One")
    form = {"To": TO, "From": HOTLINE, "MediaUrl": office.url + "/doc"}
    gone, waiting = (post(exchange, **form).json()["sid"] for _ in range(2))
    assert post(exchange, f"Faxes/{waiting}", Status="canceled").json()["status"] == "canceled"
    exchange.wait_idle()
    refused = post(exchange, f"Faxes/{gone}", Status="canceled")
    assert (refused.status_code, refused.json()["code"]) == (400, 20001)
    assert [contact["sid"] for contact in exchange.ledger.contacts()] == [gone]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"To": ""}, 21201, id="no To"),
        pytest.param({"To": "fax"}, 21211, id="To is no number"),
        pytest.param({"From": "+18005550199"}, 21210, id="From of somebody else"),
        pytest.param({"MediaUrl": ""}, 20001, id="nothing to send"),
        pytest.param({"MediaUrl": "letter.pdf"}, 21620, id="relative document"),
        pytest.param({"Quality": "photo"}, 20001, id="unknown quality"),
        pytest.param({"Ttl": "1"}, 20001, id="too short a life"),
    ],
)
def test_a_bad_fax_is_refused(refusing: InThread, change: dict[str, str], code: int) -> None:
    form = {"To": TO, "From": HOTLINE, "MediaUrl": "http://127.0.0.1:9/doc", **change}
    answer = post(refusing, **form)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert refusing.ledger.rows(Fax) == []
