"""What staff do with a campaign from a terminal: every step, every refusal, and what scripts rely on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select, update

from broadcast.models import Campaign
from core import clock
from core.models import AuditEntry, Tenant
from flows import publish
from flows.language.lint import Rules
from outbound.models import Delivery, Sender, Source
from tests.broadcast.conftest import House


def source(house: House) -> Source:
    with house.runtime.database.reading(1) as session:
        return session.scalars(select(Source)).one()


def refused(house: House, *words: str, code: int = 1) -> str:
    """What a command that refuses says; nothing of it on stdout."""
    result = house.run(*words, "--json")
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def test_a_campaign_from_its_document_to_its_end(house: House) -> None:
    house.crowd(3)
    made = house.said("create", str(house.write()))
    assert made == {"id": 1, "name": "Autumn", "state": "draft"}
    assert house.said("list") == {"campaigns": [made]}
    assert house.said("launch", "1") == {"id": 1, "name": "Autumn", "state": "preparing"}
    house.prepare()
    assert house.said("pause", "1")["state"] == "paused"
    assert house.said("resume", "1")["state"] == "running"
    assert house.said("status", "1") == {
        "id": 1,
        "name": "Autumn",
        "state": "running",
        "targeted": 3,
        "ended": 0,
        "reached": 0,
        "waiting": 3,
        "in_flight": 0,
        "unknown": 0,
        "failed": {},
        "blocked": {},
        "held": {},
    }
    assert house.said("cancel", "1")["state"] == "cancelled"
    house.settle()
    assert house.said("certificate", "1") == {
        "campaign": "Autumn",
        "state": "cancelled",
        "targeted": 3,
        "allowed": 0,
        "attempted": 0,
        "reached": 0,
        "blocked": {"cancelled": 3},
        "failed": {},
        "unknown": 0,
        "contacted_twice": 0,
        "abandonment": [],
    }
    with house.session() as session:
        done = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert done == ["create", "launch", "pause", "resume", "cancel"]


def test_people_read_sentences(house: House) -> None:
    house.crowd(1)

    assert (
        "is a draft; launch it with: flask campaigns launch 1"
        in house.run("create", str(house.write())).output
    )
    assert house.run("launch", "1").output == "Campaign 1 'Autumn' is preparing.\n"
    assert "Autumn" in house.run("list").output
    assert "state: preparing" in house.run("status", "1").output
    assert "contacted_twice: 0" in house.run("certificate", "1").output


def test_without_campaigns_the_list_says_so(house: House) -> None:
    assert house.run("list").output == "There are no campaigns.\n"
    assert house.said("list") == {"campaigns": []}


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("draft", {"launch", "cancel"}),
        ("preparing", {"cancel"}),
        ("running", {"pause", "cancel"}),
        ("paused", {"resume", "cancel"}),
        ("finished", set()),
        ("cancelled", set()),
    ],
)
def test_only_what_its_state_allows_is_done(house: House, state: str, allowed: set[str]) -> None:
    house.crowd(1)
    for verb in ("launch", "pause", "resume", "cancel"):
        path = str(house.write(message=f'{{en: {{text: "{verb}"}}}}'))  # doubles are not launched
        with house.session() as session:
            for earlier in session.scalars(select(Campaign)):
                earlier.name = f"Before {earlier.id}"
        campaign_id = str(house.said("create", path)["id"])
        bring_to(house, campaign_id, state)
        if verb in allowed:
            house.said(verb, campaign_id)
        else:
            assert f"campaign {campaign_id} is {state}" in refused(house, verb, campaign_id)
            assert house.campaign(int(campaign_id)).state == state


def bring_to(house: House, campaign_id: str, state: str) -> None:
    if state == "draft":
        return
    house.said("launch", campaign_id)
    if state in ("running", "paused", "finished"):
        house.prepare()
    if state == "paused":
        house.said("pause", campaign_id)
    if state == "cancelled":
        house.said("cancel", campaign_id)
    if state == "finished":
        with house.session() as session:
            session.execute(update(Delivery).values(state="reached"))
        house.settle()
        house.settle()


def test_pausing_and_cancelling_reach_the_source(house: House) -> None:
    house.crowd(2)
    house.running()
    assert source(house).state == "open"
    house.said("pause", "1")
    assert (source(house).state, source(house).reason) == ("paused", "paused")
    house.said("resume", "1")
    assert source(house).state == "open"
    house.said("cancel", "1")
    assert source(house).state == "stopped"


def test_the_source_carries_content_retries_and_purpose(house: House) -> None:
    house.crowd(1)
    house.launched(
        purpose="marketing", retries="{busy: {times: 1, after_s: 60}}", variables="{company: Lakeside}"
    )

    found = source(house)
    assert (found.name, found.campaign, found.purpose, found.priority) == (
        "wave:1",
        "campaign:1",
        "marketing",
        3,
    )
    assert found.content == {
        "texts": {"en": {"text": "Hello {{ name }}"}},
        "variables": {"company": "Lakeside"},
    }
    assert found.retries == {"busy": {"times": 1, "after_s": 60}}
    assert found.state == "paused", "nothing leaves before everybody is prepared"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        pytest.param(
            {"message": '{en: {text: "Hello {{ nam }}"}}'},
            "message.en: nothing is known as nam; use address, customer_company, model, name,",
            id="a name that is none",
        ),
        pytest.param(
            {"message": '{en: {text: "Your {{ plate }} is due"}}'},
            "customer 1 (Ann 0): ",
            id="a row that lacks a value",
        ),
        pytest.param(
            {"message": "{en: {text: " + "x" * 1_500 + "}}"},
            "this text takes 10 segments; shorten it to at most 6",
            id="too long for anybody",
        ),
        pytest.param(
            {"audience": "{segment: {tags: [nobody]}}"},
            "the audience has nobody with a number for sms",
            id="nobody",
        ),
        pytest.param(
            {"channel": "fax", "message": "{en: {subject: Hello, paragraphs: [Hello]}}"},
            "message.en: nothing is known as company, company_phone, opt_out_fax, opt_out_phone; use",
            id="what every letter needs",
        ),
        pytest.param(
            {"channel": "voice", "message": "{flow: dance}"}, "dance", id="a flow that is not published"
        ),
    ],
)
def test_a_campaign_that_could_not_be_sent_is_not_launched(
    house: House, document: dict[str, str], said: str
) -> None:
    house.crowd(2)
    house.said("create", str(house.write(**document)))

    assert said in refused(house, "launch", "1")
    assert house.campaign(1).state == "draft"


def test_only_the_first_wrong_rows_are_listed(house: House) -> None:
    house.crowd(30)
    house.said("create", str(house.write(message='{en: {text: "Your {{ plate }} is due"}}')))

    assert refused(house, "launch", "1").count("customer ") == 10


def test_without_a_sender_nothing_is_launched(house: House) -> None:
    house.crowd(1)
    house.said("create", str(house.write()))
    with house.session() as session:
        session.execute(update(Sender).values(state="stopped"))

    assert "there is no open sender for sms; add one first" in refused(house, "launch", "1")


def test_a_voice_campaign_plays_the_flow_as_it_is_published_at_launch(house: House) -> None:
    house.crowd(1)
    with house.session() as session:
        version = publish.publish(session, 1, publish.library("survey"), Rules(), clock.now())
        known = version.hash
    variables = "{company: Lakeside, hotline: '+18005550100'}"
    house.said("create", str(house.write(channel="voice", message="{flow: survey}", variables=variables)))
    house.said("launch", "1")

    assert {text["flow"] for text in source(house).content["texts"].values()} == {known}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Hello {{ name", id="a placeholder without end"),
        pytest.param("Hello {{ name.__class__ }}", id="no placeholder"),
        pytest.param("{% for x in name %}{% endfor %}", id="a loop"),
    ],
)
def test_a_text_that_is_not_well_formed_makes_no_draft(house: House, text: str) -> None:
    path = str(house.write(message=f"{{en: {{text: '{text}'}}}}"))

    assert "message.en: " in refused(house, "create", path)
    assert house.said("list") == {"campaigns": []}


def test_a_name_is_taken_once(house: House) -> None:
    path = str(house.write())
    house.said("create", path)

    assert "there is a campaign called 'Autumn'; choose another name" in refused(house, "create", path)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("launch", "7"), 1, id="no such campaign"),
        pytest.param(("status", "0"), 1, id="nought"),
        pytest.param(("certificate", str(2**63)), 1, id="more than any database counts"),
        pytest.param(("cancel", "9" * 40), 1, id="a very long number"),
        pytest.param(("launch", "first"), 2, id="no number"),
        pytest.param(("launch",), 2, id="none"),
        pytest.param(("create", "nowhere.yaml"), 2, id="no such file"),
        pytest.param(("list", "--tenant", "nobody"), 1, id="no such company"),
    ],
)
def test_what_is_not_there_is_refused(house: House, words: tuple[str, ...], code: int) -> None:
    said = refused(house, *words, code=code)

    if code == 1 and words[0] != "list":
        assert f"there is no campaign {words[1]}" in said


@pytest.mark.parametrize("content", [b"name: \xff\n", b"\xfe\xff\x00n"])
def test_a_document_that_is_no_text_is_refused(house: House, content: bytes) -> None:
    path = house.folder / "bad.yaml"
    path.write_bytes(content)

    assert "bad.yaml is no UTF-8 text" in refused(house, "create", str(path))


def test_several_companies_are_told_apart(house: House) -> None:
    with house.runtime.database.session("all") as session:
        session.add(Tenant(id=2, slug="other", name="Other", created_at=clock.now()))
    assert "say which tenant with --tenant; there are: other, ours" in refused(house, "list")
    path = str(house.write())
    house.said("create", path, "--tenant", "ours")

    assert house.said("list", "--tenant", "other") == {"campaigns": []}
    assert "there is no campaign 1" in refused(house, "cancel", "1", "--tenant", "other")
    assert house.said("create", path, "--tenant", "other")["id"] == 2, "a name is taken in one company only"


def test_json_is_one_object_and_chinese_stays_chinese(house: House) -> None:
    result = house.run("create", str(house.write(name="秋季")), "--json")

    assert json.loads(result.stdout) == {"id": 1, "name": "秋季", "state": "draft"}
    assert "秋季" in result.stdout
    assert result.stderr == ""


def test_reading_commands_wait_for_no_writer(house: House) -> None:
    house.crowd(1)
    house.running()
    with house.session() as session:
        session.execute(update(Campaign).values(reason="being written"))
        answers: list[dict[str, Any]] = [
            house.said("list"),
            house.said("status", "1"),
            house.said("certificate", "1"),
        ]

    assert all(answers)


def test_a_draft_with_a_list_is_cancelled_with_everybody_in_it(house: House) -> None:
    house.customer("Ann", "+14155552001", reference="A")
    house.customer("Bob", "+14155552002", reference="B")
    (house.folder / "list.csv").write_text("A\nB\n")
    house.said("create", str(house.write(audience="{file: list.csv}")))
    house.said("cancel", "1")

    assert house.recipients() == ["blocked:cancelled", "blocked:cancelled"]
    assert house.settle() == {}
    assert house.progress(1).blocked == {"cancelled": 2}
    assert house.certificate(1)["blocked"] == {"cancelled": 2}
