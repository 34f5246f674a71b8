from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from exchange.ledger import Ledger, NoLedger, Where
from exchange.rows import Call, Fax, Key, Recording, Request, Step, Text
from exchange.writing import Writer, WrongLedger, prepare
from tests.exchange.conftest import HOTLINE, Office, Start, client_of

TO = "+15551230001"


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
