"""The demo's campaigns and flows are fit to launch."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcast import signed
from broadcast.definition import Definition, read
from core.models import Tenant
from customers.segments import Member
from demo import flows
from demo.company import AUDIENCES, people
from demo.seed import NAME, POLICY
from flows.language.lint import lint
from flows.language.load import load
from flows.language.rules import Rules
from outbound.segments import count
from outbound.texts import Template, render

FOLDER = Path(flows.__file__).with_name("campaigns")
FILES = {"survey": ("voice", "service"), "reminder": ("sms", "marketing"), "invitation": ("fax", "marketing")}


def definition(name: str) -> Definition:
    return read((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_each_campaign_is_for_one_audience_by_its_channel_and_purpose(name: str) -> None:
    found = definition(name)
    assert (found.waves[0].channel, found.purpose) == FILES[name]
    assert found.audience.segment
    assert set(found.audience.segment["tags"]) <= set(AUDIENCES)


def test_there_is_a_campaign_for_every_audience() -> None:
    tags = [tag for name in FILES for tag in (definition(name).audience.segment or {})["tags"]]
    assert sorted(tags) == sorted(AUDIENCES)
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(FILES)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_fits_one_segment_for_nearly_everyone(language: str) -> None:
    text = str(definition("reminder").waves[0].message[language]["text"])  # type: ignore[index]  # an SMS has a text per language
    template = Template(text, language)
    members = [person for person in people() if "winter-check" in person.tags and person.language == language]
    costs = [
        count(render(template, {"name": person.name, "model": person.model})).segments for person in members
    ]
    assert max(costs) <= 2
    assert costs.count(1) > 0.97 * len(costs)


@pytest.mark.parametrize("document", [pytest.param(d, id=load(d).name) for d in flows.documents()])
def test_every_flow_may_be_published(document: str) -> None:
    assert not [finding for finding in lint(load(document), Rules()) if finding.level == "error"]


def test_the_hotline_tells_the_events_and_knows_the_breakdown_service() -> None:
    document = flows.hotline()
    assert "18 Lake Street" in document
    assert "湖滨路18号" in document
    assert "{{ roadside_number }}" not in document


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_says_to_china_what_the_law_wants(language: str) -> None:
    content = {"texts": definition("reminder").waves[0].message}

    signed.check_text(
        Tenant(name=NAME, policy=POLICY), content, Member(1, "+8613811110001", language, {}), ""
    )
