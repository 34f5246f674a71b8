"""What every address under /api/v1 has in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from core.db import MAX_ID
from core.models import ROLES
from tests.api import PREFIX, Program, said
from tests.console.world import Company

Make = Callable[[str], Program]


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """Method, path and endpoint of every view under /api/v1 but the document."""
    return [
        (method, rule.rule.removeprefix(PREFIX), rule.endpoint)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]


def test_every_address_asks_for_a_key_and_a_role(app: Flask, with_role: Make) -> None:
    programs = {role: with_role(role) for role in ROLES}
    assert len(addresses(app)) > 25

    for method, rule, endpoint in addresses(app):
        path = "/".join("999999" if part.startswith("<") else part for part in rule.split("/"))
        assert app.test_client().open(PREFIX + path, method=method).status_code == 401, path
        roles = app.view_functions[endpoint].roles  # type: ignore[attr-defined]
        for role, program in programs.items():
            refused = program.ask(method, path).status_code == 403
            assert refused == (role not in roles), (method, path, role)


def test_the_document_knows_every_address_and_model(app: Flask) -> None:
    document = app.test_client().get(f"{PREFIX}/openapi.json").json
    assert document is not None

    wanted = {
        (method.lower(), PREFIX + rule.replace("<int:", "{").replace("<", "{").replace(">", "}"))
        for method, rule, _ in addresses(app)
    }
    found = {(method, path) for path, methods in document["paths"].items() for method in methods}
    names = document["components"]["schemas"].keys()
    referred = {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}

    assert document["openapi"].startswith("3.1")
    assert found == wanted
    assert referred <= names
    assert document["security"] == [{"bearer": []}]
    assert document["paths"][f"{PREFIX}/customers"]["post"]["responses"]["201"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("GET", "/nothing", 404, "not_found", id="no such address"),
        pytest.param("GET", "/customers/0", 404, "not_found", id="zero"),
        pytest.param("GET", "/customers/-1", 404, "not_found", id="negative"),
        pytest.param("GET", f"/customers/{MAX_ID + 1}", 404, "not_found", id="larger than any id"),
        pytest.param("GET", f"/customers/{MAX_ID}", 404, "no_customer", id="the largest id"),
        pytest.param("GET", "/customers/' OR 1=1", 404, "not_found", id="SQL"),
        pytest.param("PUT", "/customers", 405, "method_not_allowed", id="wrong method"),
    ],
)
def test_what_is_not_there_is_a_problem(crm: Program, method: str, path: str, status: int, code: str) -> None:
    answer = crm.ask(method, path)

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json is not None
    assert answer.json["code"] == code
    assert answer.json["title"]


GOOD: dict[str, Any] = {"name": "Zhao Lei", "numbers": [{"address": "13911110001"}]}


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        pytest.param({**GOOD, "name": 7}, "name", "enter a text", id="a number for a text"),
        pytest.param({**GOOD, "name": ""}, "name", "enter something here", id="empty name"),
        pytest.param({**GOOD, "name": "x" * 121}, "name", "enter at most 120 characters", id="long name"),
        pytest.param({**GOOD, "name": "a\0b"}, "name", "remove the NUL character (U+0000) at position 2", id="NUL"),
        pytest.param({"name": "Zhao"}, "numbers", "this field is missing", id="no number"),
        pytest.param({**GOOD, "numbers": []}, "numbers", "enter something here", id="empty numbers"),
        pytest.param({**GOOD, "numbers": "139"}, "numbers", "enter a list, such as [autumn, spring]", id="a text for a list"),
        pytest.param({**GOOD, "numbers": [{"address": "110"}]}, "numbers.0.address", "this is an emergency number; enter the customer's own", id="emergency number"),
        pytest.param({**GOOD, "numbers": [{"address": "{said}"}]}, "numbers.0.address", "enter digits only; this holds letters", id="braces"),
        pytest.param({**GOOD, "numbers": [GOOD["numbers"][0]] * 11}, "numbers", "enter at most 10", id="too many numbers"),
        pytest.param({**GOOD, "zone": "Mars/Base"}, "zone", "enter a time zone like America/New_York or Asia/Shanghai", id="no zone"),
        pytest.param({**GOOD, "nickname": "Z"}, "nickname", "there is no such field; remove it or mend its name", id="unknown field"),
        pytest.param([GOOD], "body", "enter fields here, such as in {text: Hello}", id="a list for an object"),
        pytest.param(None, "body", "enter fields here, such as in {text: Hello}", id="null"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_what_to_enter(
    crm: Program, body: object, field: str, detail: str
) -> None:
    answer = crm.ask("POST", "/customers", data=json.dumps(body), content_type="application/json")

    assert answer.status_code == 422
    assert said(answer)[field] == detail


def test_all_wrong_fields_are_named_at_once(crm: Program) -> None:
    answer = crm.post("/customers", {"numbers": [{"address": "1"}, {"address": "x"}], "zone": "?", "tags": 7})

    assert said(answer).keys() == {"name", "numbers.0.address", "numbers.1.address", "zone", "tags"}


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        pytest.param(b"", "application/json", 422, "invalid_fields", id="empty"),
        pytest.param(b"{", "application/json", 400, "bad_json", id="cut off"),
        pytest.param(b'{"name": NaN}', "application/json", 422, "invalid_fields", id="not a number"),
        pytest.param(b'{"name": "\\ud800"}', "application/json", 400, "bad_json", id="lone surrogate"),
        pytest.param(b'{"name": "\xff"}', "application/json", 400, "bad_json", id="no UTF-8"),
        pytest.param(b"[" * 100_000, "application/json", 400, "bad_json", id="deep"),
        pytest.param(b'{"a":' * 50_000, "application/json", 400, "bad_json", id="deep objects"),
        pytest.param(b" " * 300_000, "application/json", 413, "request_entity_too_large", id="huge"),
        pytest.param(b"name=Zhao", "application/x-www-form-urlencoded", 415, "unsupported_media_type", id="a form"),
        pytest.param(b"{}", "text/plain", 415, "unsupported_media_type", id="text"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(crm: Program, data: bytes, kind: str, status: int, code: str) -> None:
    for path in ("/customers", "/campaigns"):
        answer = crm.ask("POST", path, data=data, content_type=kind)
        assert answer.mimetype == "application/problem+json"
        assert answer.json is not None
        if path == "/customers":
            assert (answer.status_code, answer.json["code"]) == (status, code)
        else:
            assert 400 <= answer.status_code < 500


def test_another_site_may_not_ask(crm: Program) -> None:
    answer = crm.ask("GET", "/customers", headers={"Origin": "https://elsewhere.example"})
    before = crm.client.options(f"{PREFIX}/customers", headers={"Origin": "https://elsewhere.example"})

    for headers in (answer.headers, before.headers):
        assert "Access-Control-Allow-Origin" not in headers


def test_an_answer_is_not_for_caches(crm: Program) -> None:
    assert crm.get("/customers").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param({"limit": "0"}, "limit", id="no rows"),
        pytest.param({"limit": "201"}, "limit", id="too many rows"),
        pytest.param({"limit": "-5"}, "limit", id="fewer than none"),
        pytest.param({"limit": "9" * 5000}, "limit", id="thousands of digits"),
        pytest.param({"limit": "ten"}, "limit", id="a word"),
        pytest.param({"limit": ["5", "6"]}, "limit", id="twice"),
        pytest.param({"cursor": "!!"}, "cursor", id="no cursor"),
        pytest.param({"cursor": "Y2FtcGFpZ25zOjI"}, "cursor", id="the cursor of another list"),
        pytest.param({"cursor": "Y3VzdG9tZXJzOi0y"}, "cursor", id="a negative cursor"),
        pytest.param({"cursor": "中文"}, "cursor", id="not ASCII"),
        pytest.param({"q": "a\0"}, "q", id="NUL"),
        pytest.param({"offset": "3"}, "offset", id="unknown"),
    ],
)
def test_a_wrong_part_of_the_address_is_named(crm: Program, query: dict[str, Any], field: str) -> None:
    answer = crm.get("/customers", **query)

    assert answer.status_code == 422
    assert said(answer).keys() == {field}


def test_pages_follow_one_another_while_rows_are_added(crm: Program, ours: Company) -> None:
    seen: list[int] = []
    cursor = ""
    for at in range(20):
        page = crm.get("/customers", limit=2, **({"cursor": cursor} if cursor else {})).json
        assert page is not None
        seen += [row["id"] for row in page["data"]]
        if at < 2:
            crm.post("/customers", {"name": f"New {at}", "numbers": [{"address": f"1391111000{at}"}]})
        if (cursor := page["next"] or "") == "":
            break

    assert len(seen) == len(set(seen)) == 8
    assert seen == sorted(seen)
