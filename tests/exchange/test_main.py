from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from exchange.__main__ import main
from tests.exchange.conftest import ACCOUNT, HOTLINE, TOKEN

GOOD = f"accounts: [{{sid: {ACCOUNT}, token: {TOKEN}}}]\nnumbers: {{{HOTLINE}: {{account: {ACCOUNT}}}}}\n"


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command in this process."""
    try:
        code = main([str(word) for word in words])
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, *capsys.readouterr()


def test_serve_stop_and_print(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people, ledger = tmp_path / "p.yaml", tmp_path / "l.db"
    people.write_text(GOOD)
    options = [
        "--population",
        people,
        "--ledger",
        ledger,
        "--speed",
        "600",
        "--epoch",
        "2026-12-24T17:05:00Z",
    ]
    command = [sys.executable, "-m", "exchange", "--port", "0", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        base = process.stdout.readline().split()[2].rstrip(",")
        with urllib.request.urlopen(f"{base}/exchange/healthz") as answer:
            assert json.load(answer) == {"status": "ok"}
        from twilio.rest import Client

        client = Client(ACCOUNT, TOKEN)
        client.api.base_url = base
        sid = client.messages.create(to="+15551230001", from_=HOTLINE, body="x").sid
        while client.messages(sid).fetch().status != "delivered":
            pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stderr.read() == ""
    _, listed, _ = run(capsys, "ledger", ledger, "--json")
    (contact,) = json.loads(listed)
    assert (contact["channel"], contact["sid"], contact["outcome"]) == ("sms", sid, "delivered")
    assert contact["at"].startswith("2026-12-24T17:")
    table = run(capsys, "ledger", ledger)[1].splitlines()
    assert table[0].split() == ["at", "channel", "direction", "from", "to", "outcome", "sid"]
    assert sid in table[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param([], "--port", id="nothing given"),
        pytest.param(["--port", "many"], "whole number from 0 to 65535", id="port"),
        pytest.param(["--port", "0", "--speed", "0"], "number from 0.1 to 1000", id="speed"),
        pytest.param(["--port", "0", "--epoch", "soon"], "2026-12-24T17:05:00Z", id="epoch"),
        pytest.param(
            ["--port", "0", "--population", "/none.yaml", "--ledger", "/x"], "/none.yaml", id="no file"
        ),
        pytest.param(["ledger"], "file", id="ledger of what"),
        pytest.param(["ledger", "/none.db"], "no ledger at /none.db", id="no ledger"),
    ],
)
def test_wrong_use_exits_2_and_says_why(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, error = run(capsys, *words)
    assert (code, out) == (2, "")
    assert says in error


def test_a_busy_port_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    people = tmp_path / "p.yaml"
    people.write_text(GOOD)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, error = run(
            capsys, "--port", str(port), "--population", people, "--ledger", tmp_path / "l.db"
        )
    assert code == 2
    assert f"port {port}" in error
