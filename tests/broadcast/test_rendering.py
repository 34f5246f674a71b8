"""One row as it would go out: the text, the turns of a call, the page of a letter."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from broadcast import rendering
from broadcast.models import Campaign
from broadcast.rendering import Rendered
from broadcast.said import said_in
from core import clock
from core.errors import NotFound
from core.languages import in_language
from core.models import Tenant
from flows import publish
from flows.language.lint import Rules
from tests.broadcast.conftest import House

LETTER = "{en: {subject: Open day, paragraphs: ['Dear {{ name }},', 'Come and see us.']}}"
FIRM = "{company: Ours, company_phone: '+18005550100', opt_out_phone: '+18005550100', opt_out_fax: '+18005550102'}"


def rendered(house: House, customer_id: int, **document: str) -> Rendered:
    campaign_id = int(house.said("create", str(house.write(**document)))["id"])
    with house.session() as session:
        campaign = session.get_one(Campaign, campaign_id)
        wave = said_in(session, campaign, 1)
        return rendering.render(session, campaign, wave, customer_id, clock.now())


def test_a_text_with_its_segments_and_what_they_cost(house: House) -> None:
    ann = house.customer("Žofie", "+14155552000")
    with house.session() as session:
        prices = {"currency": "USD", "sms": {"+": "0.01"}}
        session.execute(update(Tenant).values(settings={"prices": prices}))

    shown = rendered(house, ann, message=f'{{en: {{text: "{{{{ name }}}}{"x" * 70}"}}}}')

    assert (shown.name, shown.lines[0][:6]) == ("Žofie", "Žofiex")
    assert (shown.units, shown.encoding, shown.cost) == (2, "UCS-2", 20_000)


def test_a_text_its_country_would_not_have_so_is_shown_as_what_it_lacks(house: House) -> None:
    wang = house.customer("王女士", "+8613811110001", language="zh")

    shown = rendered(house, wang, purpose="marketing", message='{zh: {text: "保养八折"}}')

    assert "its sender's signature" in shown.problem
    assert in_language(shown.problem, "zh").startswith("message.zh.text：发往该国的营销短信需要")


def test_a_call_as_its_turns(house: House) -> None:
    ann = house.customer("Ann", "+14155552000")
    with house.session() as session:
        publish.publish(session, 1, publish.library("survey"), Rules(), clock.now())

    shown = rendered(house, ann, channel="voice", message="{flow: survey}", variables="{company: Ours}")

    assert len(shown.lines) > 1
    assert "Ours" in shown.lines[0]


def test_a_letter_as_the_picture_of_its_first_page(house: House) -> None:
    ann = house.customer("Ann", "+14155552000", kind="fax")
    shown = rendered(house, ann, channel="fax", message=LETTER, variables=FIRM)
    assert (shown.units, shown.problem) == (1, "")

    with house.session() as session:
        campaign = session.get_one(Campaign, 1)
        picture = rendering.first_page(session, campaign, said_in(session, campaign, 1), ann, clock.now())
    assert picture.startswith(b"\x89PNG")


def test_what_cannot_be_sent_says_why(house: House) -> None:
    ann = house.customer("Ann", "+14155552000")

    shown = rendered(house, ann, message='{en: {text: "Your {{ plate }}"}}')

    assert "no value for plate" in shown.problem
    with house.session() as session:
        campaign = session.get_one(Campaign, 1)
        wave = said_in(session, campaign, 1)
        with pytest.raises(NotFound):
            rendering.first_page(session, campaign, wave, ann, clock.now())
