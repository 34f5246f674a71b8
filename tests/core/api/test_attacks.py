"""What a hostile or broken program may send to any address: it is refused with a sentence, and nothing of ours gives way."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from core.api import keys
from core.db import ALL_TENANTS, MAX_ID
from tests.api import PREFIX, Program
from tests.console.world import Company
from tests.core.api.test_endpoint import addresses

Make = Callable[[str], Program]
BOMB = gzip.compress(b'{"name": "' + b"a" * 5_000_000 + b'"}')
ODD_BODIES = {
    "a number": b"7",
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "infinity": b'{"name": 1e999}',
    "thousands of digits": b'{"name": ' + b"9" * 5000 + b"}",
    "NUL for a name": b'{"\\u0000": 1}',
    "a lone surrogate for a name": b'{"\\udc00": 1}',
    "the way into an object": b'{"__class__": {"__init__": {}}}',
    "deep in a field": b'{"name": ' + b"[" * 5000 + b"]" * 5000 + b"}",
}


@pytest.fixture
def everybody(with_role: Make, app: Flask) -> Callable[[str], Program]:
    """A program that may ask an endpoint."""
    made = {role: with_role(role) for role in ("supervisor", "administrator", "marketing")}
    return lambda endpoint: next(
        made[role]
        for role in made
        if role in app.view_functions[endpoint].roles  # type: ignore[attr-defined]
    )


def is_told(answer: TestResponse) -> bool:
    """Whether it is a problem with a code and a sentence that holds nothing of our inside."""
    problem = answer.json if answer.mimetype == "application/problem+json" else None
    return (
        problem is not None
        and problem["status"] == answer.status_code
        and bool(problem["code"] and problem["title"])
        and len(problem["detail"]) > 10
        and not any(word in problem["detail"] for word in ("Traceback", "sys.", "codec", "pydantic"))
    )


def written(rule: str, row_id: int) -> str:
    return "/".join(str(row_id) if part.startswith("<") else part for part in rule.split("/"))


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES)
def test_an_odd_body_is_no_accident_anywhere(
    app: Flask, everybody: Callable[[str], Program], body: bytes
) -> None:
    for method, rule, endpoint in addresses(app):
        if method == "GET":
            continue
        answer = everybody(endpoint).ask(method, written(rule, 1), data=body, content_type="application/json")
        assert answer.status_code < 300 or is_told(answer), (method, rule, answer.text)


def test_nothing_packed_is_unpacked(app: Flask, everybody: Callable[[str], Program]) -> None:
    for method, rule, endpoint in addresses(app):
        answer = everybody(endpoint).ask(
            method,
            written(rule, 1),
            data=BOMB,
            content_type="application/json",
            headers={"Content-Encoding": "gzip"},
        )
        assert (answer.status_code, is_told(answer)) == (415, True), (method, rule, answer.text)
        assert "without Content-Encoding" in answer.text


def test_what_another_company_has_is_not_there(
    app: Flask, everybody: Callable[[str], Program], theirs: Company
) -> None:
    """The other company was built after ours: its ids are larger, and none of them is ours."""
    for method, rule, endpoint in addresses(app):
        if "<" not in rule:
            continue
        noun = rule.split("/")[1]
        theirs_id = {"customers": theirs.customer_id, "campaigns": theirs.running_id}.get(noun, MAX_ID)
        body = {} if method == "GET" else {"json": {}}
        answer = everybody(endpoint).ask(method, written(rule, theirs_id), **body)
        assert answer.status_code in (404, 422), (method, rule, answer.text)
        assert is_told(answer)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="none"),
        pytest.param("Bearer", id="no token"),
        pytest.param("Bearer carillon_aaaaaaaa_" + "x" * 43, id="an unknown one"),
        pytest.param("Bearer " + "x" * 10_000, id="a long one"),
        pytest.param("Basic YWRtaW46YWRtaW4=", id="a password"),
        pytest.param("Bearer \u4e2d".encode().decode("latin-1"), id="not ASCII"),
    ],
)
def test_without_a_key_nothing_is_even_looked_up(app: Flask, header: str) -> None:
    for method, rule, _ in addresses(app):
        answer = app.test_client().open(
            PREFIX + written(rule, 1), method=method, headers={"Authorization": header}, data=b"{"
        )
        assert (answer.status_code, is_told(answer)) == (401, True), (method, rule)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_is_refused_everywhere(app: Flask, crm: Program) -> None:
    runtime = app.extensions["carillon"]
    key_id = keys.holder(runtime.database, crm.token).key_id
    with runtime.database.session(ALL_TENANTS) as session:
        keys.revoke(session, key_id, "test")

    for method, rule, _ in addresses(app):
        assert crm.ask(method, written(rule, 1)).status_code == 401


def test_no_two_lists_take_each_others_cursors(app: Flask, everybody: Callable[[str], Program]) -> None:
    lists = [
        (rule, endpoint) for method, rule, endpoint in addresses(app) if method == "GET" and "<" not in rule
    ]
    assert len(lists) >= 5
    for rule, endpoint in lists:
        for cursor in ("bm90aGluZzox", "Y3VzdG9tZXJzOjA", "x" * 101, "%00"):
            answer = everybody(endpoint).get(rule, cursor=cursor)
            assert (answer.status_code, is_told(answer)) == (422, True), (rule, cursor)


def test_the_document_names_every_answer(app: Flask) -> None:
    document: Any = app.test_client().get(f"{PREFIX}/openapi.json").json

    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            good = [status for status in answers if int(status) < 300]
            assert len(good) == 1, (method, path)
            if good != ["204"] and not path.endswith("/rejects"):  # a file is no model
                assert answers[good[0]]["content"], (method, path)
            for status in ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503"):
                kinds = answers[status]["content"]
                assert list(kinds) == ["application/problem+json"], (method, path, status)
                assert json.dumps(kinds).count("Problem") >= 1
            assert operation["summary"] or operation["description"], (method, path)
