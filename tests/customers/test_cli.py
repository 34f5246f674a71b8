from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.db import ALL_TENANTS, Database
from core.models import Tenant
from tests.customers.conftest import Run, make_customer

ANN, BOB = "+14155550101", "+14155550102"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(f"name,mobile\nAnn,{ANN}\n", encoding="utf-8")
    return path


def test_a_clean_import_exits_0_and_says_what_it_did(run: Run, file: Path) -> None:
    result = run("customers", "import", file, "--tenant", "ours")

    assert (result.exit_code, result.stdout) == (0, "1 rows: 1 accepted, 0 duplicates, 0 rejected\n")
    assert not file.with_name("people.rejected.csv").exists()


def test_json_is_one_object_and_nothing_else(run: Run, file: Path) -> None:
    file.write_text(f"name,mobile,colour\nAnn,{ANN},red\nAnna,415 555 0101,\nBob,911,\n", encoding="utf-8")

    result = run("customers", "import", file, "--json", "--tenant", "ours")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "rows": 3,
        "accepted": 1,
        "duplicates": 1,
        "rejected": [
            {
                "line": 4,
                "column": "mobile",
                "value": "911",
                "code": "number_emergency",
                "reason": "this is an emergency number; enter the customer's own",
            }
        ],
    }
    assert result.stdout.count("\n") == 1
    assert "column colour is no field we know" in result.stderr
    rejected = file.with_name("people.rejected.csv").read_text(encoding="utf-8-sig")
    assert rejected.splitlines()[0] == "error,name,mobile,colour"


def test_a_dry_run_tells_the_same_and_changes_nothing(run: Run, file: Path) -> None:
    file.write_text(f"name,mobile\nAnn,{ANN}\nBob,911\n", encoding="utf-8")

    dry = run("customers", "import", file, "--json", "--dry-run", "--tenant", "ours")
    assert not file.with_name("people.rejected.csv").exists()
    wet = run("customers", "import", file, "--json", "--tenant", "ours")

    assert dry.stdout == wet.stdout


def test_a_mapped_column_and_another_region(run: Run, file: Path) -> None:
    file.write_text("谁,打这个\n王芳,13800138000\n", encoding="gb18030")

    result = run(
        "customers",
        "import",
        file,
        "--map",
        "打这个=mobile",
        "--map",
        "谁=name",
        "--region",
        "cn",
        "--tenant",
        "ours",
    )

    assert (result.exit_code, result.stdout) == (0, "1 rows: 1 accepted, 0 duplicates, 0 rejected\n")


def test_a_file_that_cannot_be_used_exits_1_with_the_reason(run: Run, file: Path) -> None:
    file.write_bytes(b"")

    plain = run("customers", "import", file, "--tenant", "ours")
    as_json = run("customers", "import", file, "--json", "--tenant", "ours")

    assert plain.exit_code == as_json.exit_code == 1
    assert "the file is empty" in plain.stderr
    [reason] = json.loads(as_json.stdout)["rejected"]
    assert (reason["line"], reason["code"]) == (1, "empty_file")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["nowhere.csv"], "does not exist", id="no such file"),
        pytest.param(["FILE", "--map", "mobile"], "write column=field", id="a map without ="),
        pytest.param(["FILE", "--map", "mobile=colour"], "colour is no field", id="a map to no field"),
        pytest.param(["FILE", "--map", "cell=mobile"], "there is no column cell", id="a map of no column"),
        pytest.param(["FILE", "--region", "Texas"], "is no country", id="no country"),
    ],
)
def test_wrong_use_exits_2_and_says_how(run: Run, file: Path, arguments: list[str], message: str) -> None:
    given = [str(file) if each == "FILE" else each for each in arguments]

    result = run("customers", "import", *given, "--tenant", "ours", "--json")

    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_the_only_tenant_need_not_be_named(run: Run, file: Path, database: Database) -> None:
    with database.session(ALL_TENANTS) as session:
        session.delete(session.get_one(Tenant, 2))

    assert run("customers", "import", file).exit_code == 0


def test_why_shows_the_decision_and_every_rule(run: Run, database: Database) -> None:
    with database.session(1) as session:
        ann = make_customer(session, ANN)

    why = run("customers", "why", ann, "--channel", "sms", "--purpose", "marketing", "--tenant", "ours")

    assert why.exit_code == 1
    assert why.stdout.splitlines()[0] == f"{ANN}: blocked by consent (express_written)"
    assert "  NO   consent        express_written" in why.stdout
    assert "  yes  number_type    either" in why.stdout


def test_why_at_another_hour(run: Run, database: Database) -> None:
    with database.session(1) as session:
        ann = make_customer(session, ANN)
    asked = ["customers", "why", ann, "--channel", "fax", "--purpose", "transactional", "--tenant", "ours"]
    assert run(*asked).stdout.startswith("no number: blocked by number_type")
    asked[4] = "voice"

    night = run(*asked, "--at", "2026-12-02T06:00")

    assert night.stdout.startswith(
        f"{ANN}: held until 2026-12-02 16:00 UTC, 2026-12-02 08:00 America/Los_Angeles, by quiet_hours (08:00-21:00 America/Los"
    )
    assert run(*asked, "--at", "2026-12-01T18:00").stdout.startswith(f"{ANN}: allowed")


def test_why_as_json_tells_every_rule(run: Run, database: Database) -> None:
    with database.session(1) as session:
        ann = make_customer(session, ANN)

    result = run(
        *("customers", "why", ann, "--channel", "voice", "--purpose", "transactional", "--json"),
        *("--at", "2026-12-02T06:00", "--campaign", 7, "--tenant", "ours"),
    )

    told = json.loads(result.stdout)
    assert (result.exit_code, told["decision"], told["rule"]) == (1, "held", "quiet_hours")
    assert (told["until"], told["zones"]) == ("2026-12-02T16:00:00+00:00", ["America/Los_Angeles"])
    assert [check["rule"] for check in told["checks"]][-1] == "quiet_hours"
    assert told["checks"][-1]["until"] == told["until"]


def test_why_says_what_to_do_about_a_list(run: Run, database: Database) -> None:
    with database.session(1) as session:
        ann = make_customer(session, ANN)
        session.get_one(Tenant, 1).policy = {
            "figures": {"us": {"consent": {"marketing": {"voice": "relationship"}}}}
        }

    result = run("customers", "why", ann, "--channel", "voice", "--purpose", "marketing", "--tenant", "ours")

    assert "load one with: flask customers do-not-call import FILE --region US" in result.stdout


def test_why_about_nobody_exits_1(run: Run) -> None:
    result = run("customers", "why", 99, "--channel", "sms", "--purpose", "service", "--tenant", "ours")

    assert (result.exit_code, result.stderr) == (1, "Error: there is no customer 99\n")
