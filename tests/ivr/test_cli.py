"""flask ivr fallback: a document to host elsewhere."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ivr.cli import ivr_group
from tests.ivr.phone import words
from tests.ivr.twiml_rules import check


def test_it_apologises_in_every_language_and_ends() -> None:
    result = CliRunner().invoke(ivr_group, ["fallback"])
    assert result.exit_code == 0
    root = check(result.output)
    assert "not working just now" in words(result.output)
    assert "系统暂时出现故障" in words(result.output)
    assert [verb.tag for verb in root][-1] == "Hangup"


def test_it_can_lead_to_a_person() -> None:
    result = CliRunner().invoke(ivr_group, ["fallback", "--forward-to", "+14155550123"])
    assert next(check(result.output).iter("Number")).text == "+14155550123"


@pytest.mark.parametrize("number", ["911", "4155550123", "+1<Dial>", "sip:a@b", "１４１５"])
def test_what_is_no_number_is_wrong_use(number: str) -> None:
    result = CliRunner().invoke(ivr_group, ["fallback", "--forward-to", number])
    assert result.exit_code == 2
    assert "enter a number like" in result.output
