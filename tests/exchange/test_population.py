from __future__ import annotations

from pathlib import Path

import pytest

from exchange.population import BadPopulation, check, load
from exchange.population import __doc__ as explained

SID = "AC" + "1" * 32
ACCOUNT = f"accounts: [{{sid: {SID}, token: t}}]\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "population.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_in_the_documentation_loads(tmp_path: Path) -> None:
    example = (explained or "").partition("    accounts:")[2].partition("`keys` are")[0]
    example = "    accounts:" + example.replace("...", "http://127.0.0.1:8000/x")
    people = load(written(tmp_path, example))
    assert people.subscribers.mobile.scripts[1].keys == ["12#"]
    assert people.numbers["+18005550100"].voice_url == "http://127.0.0.1:8000/ivr/voice"


def test_numbers_need_no_quotes(tmp_path: Path) -> None:
    text = ACCOUNT + f"numbers: {{+18005550100: {{account: {SID}}}}}\n"
    text += "subscribers: {numbers: {+15550000001: {keys: [01, 1#]}}}"
    people = load(written(tmp_path, text))
    assert people.subscribers.numbers["+15550000001"].keys == ["01", "1#"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", ["the file"], id="empty"),
        pytest.param("a: [", ["not YAML"], id="no yaml"),
        pytest.param("accounts: []", ["accounts", "at least 1"], id="nobody"),
        pytest.param("accounts: [{sid: AC1, token: t}]", ["accounts.0.sid", "given: 'AC1'"], id="bad sid"),
        pytest.param(ACCOUNT + "colour: red", ["colour: unknown key"], id="unknown key"),
        pytest.param(ACCOUNT + ACCOUNT, ["line 2", "accounts is given twice"], id="key twice"),
        pytest.param(
            ACCOUNT + "numbers: {+18005550100: {account: AC9}}", ["no account has the sid 'AC9'"], id="owner"
        ),
        pytest.param(
            ACCOUNT + "numbers: {5550100: {account: x}}", ["numbers.5550100"], id="number without plus"
        ),
        pytest.param(
            ACCOUNT + "subscribers: {mobile: {voice: {asleep: 3}}}",
            ["subscribers.mobile.voice.asleep", "'human'", "'busy'"],
            id="unknown behaviour says what is allowed",
        ),
        pytest.param(
            ACCOUNT + "subscribers: {mobile: {voice: {human: 0}}}", ["above 0"], id="nothing can happen"
        ),
        pytest.param(
            ACCOUNT + "subscribers: {mobile: {scripts: [{keys: [hello]}]}}", ["keys.0"], id="bad key"
        ),
        pytest.param(
            ACCOUNT + "callers: [{rate_per_min: 1, to: [+18005550100]}]", ["not one of the numbers"], id="to"
        ),
        pytest.param(
            ACCOUNT + "faults: [{kind: earthquake}]", ["faults.0.kind", "'drop_answer'"], id="fault"
        ),
        pytest.param(
            f"accounts: [{{sid: {SID}, token: t, cps: fast}}]", ["accounts.0.cps", "given: 'fast'"], id="cps"
        ),
    ],
)
def test_a_bad_file_names_the_place_and_what_is_allowed(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(BadPopulation) as refused:
        load(written(tmp_path, text))
    for word in words:
        assert word in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadPopulation, match=r"nowhere\.yaml: No such file"):
        load(tmp_path / "nowhere.yaml")


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(BadPopulation) as refused:
        check({"accounts": [{"sid": "x", "token": ""}], "colour": 1})
    assert len(str(refused.value).splitlines()) == 3


def test_two_accounts_may_not_share_a_sid() -> None:
    with pytest.raises(BadPopulation, match="same sid"):
        check({"accounts": [{"sid": SID, "token": "a"}, {"sid": SID, "token": "b"}]})
