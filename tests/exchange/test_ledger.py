from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from twilio.rest import Client

from exchange.ledger import Ledger, NoLedger, Where
from exchange.rows import Call, Fax, Key, Recording, Request, Step, Text
from exchange.writing import Writer, WrongLedger, prepare
from tests.exchange.conftest import ACCOUNT, HOTLINE, TOKEN, Office, Page, Start, client_of, population

TO = "+15551230001"
OFF, SILENT = "+15551230003", "+15551230004"
EVERYTHING = (
    "SELECT sid, status FROM calls UNION SELECT sid, status FROM texts UNION SELECT sid, status FROM faxes"
)
FATES = {"numbers": {OFF: {"text": "unreachable"}, SILENT: {"text": "sent"}}}


def test_contacts_are_listed_oldest_first(start: Start, office: Office) -> None:
    exchange = start(subscribers={"numbers": {"+15551230002": {"voice": "busy"}}})
    office.pages["/voice"] = "<Response><Say>Hello</Say></Response>"
    client = client_of(exchange)
    text = client.messages.create(to=TO, from_=HOTLINE, body="x")
    exchange.wait_idle()
    call = client.calls.create(to="+15551230002", from_=HOTLINE, twiml="<Response/>")
    exchange.wait_idle()
    sid = exchange.call(TO, HOTLINE)
    exchange.wait_idle()
    contacts = exchange.ledger.contacts(everything=True)
    assert exchange.ledger.contacts() == contacts[:2]
    assert [(c["channel"], c["sid"], c["outcome"], c["direction"]) for c in contacts] == [
        ("sms", text.sid, "delivered", "outbound-api"),
        ("voice", call.sid, "busy", "outbound-api"),
        ("voice", sid, "completed", "inbound"),
    ]
    assert contacts[0]["to"] == TO
    assert contacts[0]["from"] == HOTLINE
    assert contacts[0]["at"].endswith("Z")


def test_keys_steps_and_requests_are_kept(start: Start, office: Office) -> None:
    exchange = start()
    office.pages["/voice"] = "<Response><Gather numDigits='2' action='/voice2'/></Response>"
    sid = exchange.call(TO, HOTLINE, "42")
    client_of(exchange).messages.list()
    exchange.wait_idle()
    ledger = exchange.ledger
    assert [key.key for key in ledger.rows(Key, Where("call = ?", (sid,)))] == ["4", "2"]
    assert ledger.rows(Step)[-1].kind == "ended"
    assert [(r.method, r.status) for r in ledger.rows(Request)] == [("GET", 200)]


def test_a_restart_goes_on_with_the_same_ledger(start: Start) -> None:
    with start() as exchange:
        client_of(exchange).messages.create(to=TO, from_=HOTLINE, body="first")
        exchange.wait_idle()
    exchange = start()
    client = client_of(exchange)
    client.messages.create(to=TO, from_=HOTLINE, body="second")
    assert [text.body for text in client.messages.list()] == ["second", "first"]
    assert [text.attempt for text in exchange.ledger.rows(Text)] == [1, 2]


def test_an_accepted_request_is_on_record_before_it_is_answered(start: Start, tmp_path: Path) -> None:
    client = client_of(start())
    for n in range(20):
        sid = client.messages.create(to=TO, from_=HOTLINE, body=str(n)).sid
        with sqlite3.connect(tmp_path / "ledger.db") as db:
            assert db.execute("SELECT body FROM texts WHERE sid = ?", (sid,)).fetchone() == (str(n),)
        db.close()


def test_what_waited_goes_on_and_what_was_under_way_has_failed_after_a_restart(
    start: Start, office: Office
) -> None:
    slow = [{"sid": "AC" + "1" * 32, "token": "secret", "cps": 0.01}]
    office.pages["/long"] = "<Response><Pause length='9999'/></Response>"
    with start(accounts=slow, speed=60) as exchange:
        client = client_of(exchange)
        order = {"from_": HOTLINE, "url": office.url + "/long", "status_callback": office.url + "/cb"}
        talking = client.calls.create(to=TO, **order).sid
        waiting = client.calls.create(to="+15551230002", **order).sid
        while not office.at("/long"):
            exchange.idle()
    office.pages["/long"] = "<Response/>"
    exchange = start()
    exchange.wait_idle()
    ended = {asked.params["CallSid"]: asked.params["CallStatus"] for asked in office.at("/cb")}
    assert ended == {talking: "failed", waiting: "completed"}


@pytest.fixture
def doomed(tmp_path: Path, office: Office) -> Iterator[tuple[subprocess.Popen[str], Client]]:
    """An exchange in a process of its own, slower than life, and a client of it."""
    people = tmp_path / "people.yaml"
    people.write_text(json.dumps(population(office.url, subscribers=FATES)))
    command = [sys.executable, "-m", "exchange", "--port", "0", "--population", str(people)]
    command += ["--speed", "0.5", "--ledger", str(tmp_path / "ledger.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        client = Client(ACCOUNT, TOKEN)
        client.api.base_url = process.stdout.readline().split()[2].rstrip(",")
        yield process, client
        process.kill()


def test_all_that_a_killed_exchange_had_accepted_comes_to_its_end_and_is_told(
    start: Start, office: Office, tmp_path: Path, doomed: tuple[subprocess.Popen[str], Client]
) -> None:
    process, client = doomed
    ledger = Ledger(tmp_path / "ledger.db")
    office.pages["/letter"] = Page(delay_s=20)
    order = {"from_": HOTLINE, "status_callback": office.url + "/cb"}
    ends = {
        client.calls.create(to=TO, url=office.url + "/voice", **order).sid: "failed",
        **{
            client.messages.create(to=to, body="x", **order).sid: end
            for to, end in ((TO, "delivered"), (OFF, "undelivered"), (SILENT, "sent"))
        },
    }
    fax = {
        "To": TO,
        "From": HOTLINE,
        "MediaUrl": office.url + "/letter",
        "StatusCallback": order["status_callback"],
    }
    uri = f"{client.api.base_url}/2010-04-01/Accounts/{ACCOUNT}/Faxes.json"
    ends[json.loads(client.request("POST", uri, data=fax).text)["sid"]] = "failed"
    under_way = {"ringing", "sent", "processing"}
    while {status for _, status in ledger.ask(EVERYTHING)} != under_way:
        assert process.poll() is None

    process.kill()
    process.wait()
    office.asked.clear()
    exchange = start(subscribers=FATES)
    exchange.wait_idle()

    assert dict(exchange.ledger.ask(EVERYTHING)) == ends
    told = {
        asked.params[f"{kind}Sid"]: asked.params[f"{kind}Status"]
        for asked in office.at("/cb")
        for kind in ("Call", "Message", "Fax")
        if f"{kind}Sid" in asked.params
    }
    assert told == {sid: end for sid, end in ends.items() if end != "sent"}


def test_a_text_that_came_in_is_told_after_a_restart_unless_it_was_heard(
    start: Start, office: Office
) -> None:
    with start() as exchange:
        exchange.text(TO, HOTLINE, "heard")
        exchange.wait_idle()
        office.pages["/sms"] = Page(status=204, delay_s=1)
        exchange.text(TO, HOTLINE, "STOP")
        while len(office.at("/sms")) < 2:
            exchange.idle()
    office.pages["/sms"] = Page(status=204)
    office.asked.clear()

    start().wait_idle()
    assert [asked.params["Body"] for asked in office.at("/sms")] == ["STOP"]
    office.asked.clear()

    start().wait_idle()
    assert office.at("/sms") == []


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be one" * 30, None])
def test_another_file_is_not_taken_for_a_ledger(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.db"
    if content:
        path.write_bytes(content)
    else:
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE t (x)")
        db.commit()
        db.close()
    with pytest.raises(NoLedger):
        Ledger(path).contacts()
    with pytest.raises(WrongLedger, match=r"other\.db"):
        prepare(path)


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(WrongLedger, match="cannot be used as a ledger"):
        prepare(tmp_path / "nowhere" / "l.db")


def test_a_full_disk_delays_rows_and_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("exchange.writing.AGAIN_S", 0.01)
    path, opened = tmp_path / "l.db", prepare(tmp_path / "l.db")
    monkeypatch.setattr("exchange.writing.prepare", lambda _: opened)

    async def fill_and_clear() -> None:
        writer = Writer(path)
        pages = opened.execute("PRAGMA page_count").fetchone()[0]
        opened.execute(f"PRAGMA max_page_count={pages}")
        for n in range(200):
            writer.save(Key("now", "now", "CA1", f"{n} " + "x" * 200))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(writer.committed(), 0.2)
        assert "trying again" in capsys.readouterr().err
        opened.execute("PRAGMA max_page_count=100000")
        await asyncio.wait_for(writer.committed(), 5)
        writer.close()

    asyncio.run(fill_and_clear())
    assert [key.key.split()[0] for key in Ledger(path).rows(Key)] == [str(n) for n in range(200)]


def test_a_ledger_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoLedger, match="no ledger at"):
        Ledger(tmp_path / "none.db").contacts()


@pytest.mark.parametrize("kind", [Call, Text, Fax, Recording, Key, Step, Request])
def test_every_table_reads_back_empty(tmp_path: Path, kind: type) -> None:
    prepare(tmp_path / "l.db").close()
    assert Ledger(tmp_path / "l.db").rows(kind) == []
