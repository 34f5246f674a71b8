from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from core.db import Database
from customers import consent
from tests.customers.conftest import NOW, Run, make_customer

ANN, BOB = "+12125550101", "+12125550102"
OURS = ("--tenant", "ours")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.txt"
    path.write_text(f"{ANN}\n{BOB}\n", encoding="utf-8")
    return path


def test_a_list_is_loaded_and_shown(run: Run, file: Path) -> None:
    empty = run("customers", "do-not-call", "show", *OURS)
    done = run("customers", "do-not-call", "import", file, "--region", "us", "--as-of", "2026-11-02", *OURS)
    shown = run("customers", "do-not-call", "show", *OURS)
    run("customers", "do-not-call", "import", file, "--region", "US", "--as-of", "2026-10-02", *OURS)
    old = run("customers", "do-not-call", "show", *OURS)

    assert "no list is loaded" in empty.stdout
    assert (done.exit_code, done.stdout) == (0, "2 lines: 2 accepted, 0 known already, 0 rejected\n")
    assert shown.stdout == "US  2026-11-02  2 numbers  29 days old, at most 31 days\n"
    assert "TOO OLD: load a new one" in old.stdout


def test_bad_lines_exit_1_and_are_told(run: Run, file: Path) -> None:
    file.write_text(f"{ANN}\n" + "12\n" * 150, encoding="utf-8")

    done = run("customers", "do-not-call", "import", file, "--region", "US", "--json", *OURS)

    told = json.loads(done.stdout)
    assert (done.exit_code, told["accepted"], told["rejected"], len(told["faults"])) == (1, 1, 150, 100)
    assert done.stderr.startswith("line 2 (12): this is too short")
    assert done.stderr.endswith("and 50 more lines like these\n")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["FILE"], 2, "Missing option '--region'", id="whose list"),
        pytest.param(["FILE", "--region", "ZZ"], 1, "enter a country such as US or GB", id="no country"),
        pytest.param(["nowhere.txt", "--region", "US"], 2, "does not exist", id="no such file"),
        pytest.param(
            ["FILE", "--region", "US", "--as-of", "2030-01-01"], 1, "still to come", id="the future"
        ),
    ],
)
def test_wrong_use_says_how(
    run: Run,
    file: Path,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    given = [str(file) if each == "FILE" else each for each in arguments]

    done = run("customers", "do-not-call", "import", *given, *OURS)

    assert (done.exit_code, message in done.stderr) == (code, True)


def test_a_reassigned_number_is_blocked_at_once(
    run: Run,
    file: Path,
    database: Database,
) -> None:
    with database.session(1) as session:
        ann = make_customer(session, ANN)
        consent.give(session, 1, [ann], "marketing", "express_written", "form", NOW - timedelta(days=90))
    asked = ("customers", "why", ann, "--channel", "sms", "--purpose", "marketing", *OURS)
    assert run(*asked).exit_code == 0
    file.write_text(f"{ANN},2026-11-02,yes\n", encoding="utf-8")

    done = run("customers", "reassigned", "import", file, *OURS)

    assert (done.exit_code, done.stdout) == (0, "1 lines: 1 accepted, 0 known already, 0 rejected\n")
    assert run(*asked).stdout.startswith(
        f"{ANN}: blocked by reassigned (another subscriber since 2026-11-02)"
    )
