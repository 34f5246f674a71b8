from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import COMMANDS, flows_group
from flows.publish import LIBRARY, library_names
from tests.flows.samples import document

MENU = """
  it:
    kind: menu
    options:
      "1": {text: {en: "For this, press 1.", zh: "请按1。"}, next: tape}
      "0": {text: {en: "For us, press 0.", zh: "人工请按0。"}, next: agent}
    otherwise: bye
  tape: {kind: record, box: x, text: {en: Speak., zh: 请讲。}, next: bye, otherwise: bye}
"""


def run(*arguments: object) -> Result:
    """`flask flows` with *arguments*."""
    return CliRunner().invoke(flows_group, [str(argument) for argument in arguments])


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    """A file with a small flow."""
    path = tmp_path / "small.yaml"
    path.write_text(document(MENU), encoding="utf-8")
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A file with a flow no call gets through."""
    path = tmp_path / "broken.yaml"
    path.write_text("nodes: [", encoding="utf-8")
    return path


def test_the_group_is_offered_to_the_application() -> None:
    assert (flows_group,) == COMMANDS
    assert flows_group.name == "flows"


def test_check_looks_at_the_shipped_flows_by_itself() -> None:
    result = run("check", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"flows": len(library_names()), "findings": []}
    assert run("check").stdout == f"{len(library_names())} flows, 0 findings\n"


def test_check_prints_one_object_with_every_finding(broken: Path) -> None:
    result = run("check", broken, LIBRARY, "--json")
    printed = json.loads(result.stdout)

    assert result.exit_code == 1
    assert printed["flows"] == 1 + len(library_names())
    assert list(printed) == ["flows", "findings"]
    assert [list(finding) for finding in printed["findings"]] == [
        ["flow", "node", "level", "code", "message", "path", "file"]
    ]
    assert printed["findings"][0]["file"] == str(broken)
    assert printed["findings"][0]["flow"] == "broken"


def test_warnings_alone_do_not_fail_the_check(tmp_path: Path) -> None:
    path = tmp_path / "wordy.yaml"
    path.write_text(document(MENU).replace("Goodbye.", "word " * 50), encoding="utf-8")

    result = run("check", path)

    assert (result.exit_code, "warning: sample, node bye" in result.stdout) == (0, True)


def test_check_reads_for_people_too(broken: Path) -> None:
    result = run("check", broken)

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "1 flows, 1 findings"
    assert "error: broken: line 1" in result.stdout


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("名字".encode("gb18030"), id="another encoding"),
        pytest.param(b"\xff\xfe\x00", id="no text at all"),
    ],
)
def test_a_file_that_is_no_text_is_a_finding(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)

    checked, played = run("check", path, "--json"), run("play", path, "--keys", "1")

    assert json.loads(checked.stdout)["findings"][0]["code"] == "not_text"
    assert (checked.exit_code, played.exit_code) == (1, 1)
    assert "save it as UTF-8" in played.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["check", "/no/such/file"], id="no such file"),
        pytest.param(["check", "--colour"], id="no such option"),
        pytest.param(["check", "EMPTY"], id="a folder without flows"),
        pytest.param(["play"], id="nothing to play"),
        pytest.param(["play", "FLOW"], id="no keys"),
        pytest.param(["play", "FLOW", "--keys", "1", "--at", "soon"], id="no instant"),
        pytest.param(["play", "FLOW", "--keys", "1", "--lang", "fr"], id="no such language"),
        pytest.param(["play", "FLOW", "--keys", "1", "--var", "company"], id="half a variable"),
        pytest.param(["play", "FLOW", "--keys", "1", "--var", "company=Acme"], id="no such variable"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], flow: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    known = {"FLOW": str(flow), "EMPTY": str(empty)}

    result = run(*(known.get(argument, argument) for argument in arguments))

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error" in result.stderr


def test_play_prints_one_object(flow: Path) -> None:
    result = run("play", flow, "--keys", ",1,9", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "turns": [
            {
                "node": "it",
                "lang": "en",
                "says": ["For this, press 1.", "For us, press 0."],
                "waits_for": "key",
            },
            {
                "node": "it",
                "lang": "en",
                "says": ["I did not hear a key.", "For this, press 1.", "For us, press 0."],
                "waits_for": "key",
            },
            {"node": "tape", "lang": "en", "says": ["Speak."], "waits_for": "recording"},
            {"node": "bye", "lang": "en", "says": ["Goodbye."], "waits_for": None},
        ],
        "ended": "goodbye",
    }


@pytest.mark.parametrize(
    ("keys", "ended", "turns"),
    [
        pytest.param("", "hung_up", 2, id="silence, then the caller leaves"),
        pytest.param("1", "hung_up", 2, id="leaves before the tone"),
        pytest.param("0,completed", "transferred", 3, id="spoke to somebody"),
        pytest.param("0,busy", "goodbye", 3, id="nobody free"),
        pytest.param("0,", "goodbye", 3, id="nobody there"),
        pytest.param("1,5,2,2,2", "goodbye", 3, id="more keys than questions"),
        pytest.param(" 1 , 5 ", "goodbye", 3, id="blanks around the keys"),
    ],
)
def test_play_goes_by_the_keys(flow: Path, keys: str, ended: str, turns: int) -> None:
    played = json.loads(run("play", flow, "--keys", keys, "--json").stdout)

    assert (played["ended"], len(played["turns"])) == (ended, turns)


def test_play_goes_by_language_hour_and_variables() -> None:
    hotline = LIBRARY / "hotline.yaml"
    arguments = [
        "--keys",
        "0",
        "--lang",
        "zh",
        "--var",
        "company=某公司",
        "--var",
        "agent_number=+14155550100",
        "--json",
    ]
    by_day = json.loads(run("play", hotline, "--at", "2026-12-24T17:05", *arguments).stdout)
    by_night = json.loads(run("play", hotline, "--at", "2026-12-24T18:05", *arguments).stdout)

    assert by_day["turns"][0]["says"][0] == "欢迎致电某公司，本次通话可能会被录音。"
    assert [one["turns"][1]["node"] for one in (by_day, by_night)] == ["agent", "message"]


def test_play_reads_like_a_dialogue(flow: Path) -> None:
    lines = run("play", flow, "--keys", "1,").stdout.splitlines()

    assert lines[:4] == ["(it, en)", "  For this, press 1.", "  For us, press 0.", "> 1"]
    assert lines[-2:] == ["> (hangs up)", "ended: hung_up"]


def test_play_says_what_is_not_given_without_spoiling_the_object() -> None:
    result = run("play", LIBRARY / "survey.yaml", "--keys", "2", "--json")

    assert json.loads(result.stdout)["ended"] == "refused"
    assert "add --var company=" in result.stderr


def test_what_cannot_be_played_is_refused_with_the_reason(broken: Path) -> None:
    result = run("play", broken, "--keys", "1")

    assert result.exit_code == 1
    assert "line 1" in result.stderr
    assert isinstance(result.exception, SystemExit)
