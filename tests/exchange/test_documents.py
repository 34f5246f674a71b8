from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.documents import BadDocument, parse, read
from exchange.webhooks import Reply

BOMB = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Response><Say>&b;</Say></Response>'
OUTSIDE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><Response><Say>&x;</Say></Response>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param("", 12100, id="nothing"),
        pytest.param("hello", 12100, id="no xml"),
        pytest.param("<Response>", 12100, id="cut off"),
        pytest.param(" <?xml version='1.0'?><Response/>", 12100, id="blank before the declaration"),
        pytest.param("<response/>", 12100, id="wrong case"),
        pytest.param("<Play>x</Play>", 12100, id="another root"),
        pytest.param(BOMB, 12100, id="entities"),
        pytest.param(OUTSIDE, 12100, id="outside entity"),
        pytest.param("<Response>&nbsp;</Response>", 12100, id="unknown entity"),
        pytest.param("<Response><Say>\x00</Say></Response>", 12100, id="nul"),
        pytest.param("<Response>" + "<a>" * 5000 + "</a>" * 5000 + "</Response>", 12100, id="deep"),
        pytest.param("<?xml version='1.0' encoding='klingon'?><Response/>", 12100, id="unknown encoding"),
    ],
)
def test_bad_documents_are_refused(body: str, code: int) -> None:
    with pytest.raises(BadDocument) as refused:
        parse(body.encode())
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("kind", "body", "tags", "text"),
    [
        pytest.param("text/xml", b"<Response><Say>Hi</Say></Response>", ["Say"], "Hi", id="xml"),
        pytest.param("text/html", b"<Response/>", [], "", id="html"),
        pytest.param(
            "text/plain", b"<Response><Hangup/></Response>", ["Hangup"], "", id="plain text that is xml"
        ),
        pytest.param("text/plain", b"Read me", ["Say"], "Read me", id="plain text is read aloud"),
        pytest.param("audio/mpeg", b"\xff\xfb", ["Play"], "http://h/a", id="audio is played"),
        pytest.param(
            "text/xml", "<Response><Say>你好</Say></Response>".encode(), ["Say"], "你好", id="chinese"
        ),
    ],
)
def test_content_types(kind: str, body: bytes, tags: list[str], text: str) -> None:
    document = read(Reply("http://h/a", 200, kind, body), "http://h/a", "POST")
    assert [element.tag for element in document.root] == tags
    assert "".join(document.root.itertext()) == text


@pytest.mark.parametrize("kind", ["", "application/json", "image/png"])
def test_other_content_types_are_refused(kind: str) -> None:
    with pytest.raises(BadDocument) as refused:
        read(Reply("http://h/a", 200, kind, b"<Response/>"), "http://h/a", "POST")
    assert refused.value.code == 12300


def test_more_than_64_kb_is_refused() -> None:
    body = b"<Response><Say>" + b"a" * 70_000 + b"</Say></Response>"
    with pytest.raises(BadDocument) as refused:
        read(Reply("http://h/a", 200, "text/xml", body), "http://h/a", "POST")
    assert refused.value.code == 11750


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_refused(body: bytes) -> None:
    with suppress(BadDocument):
        assert parse(body).tag == "Response"
