"""Prompts on screen: added, replaced, listened to, removed."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.flows.test_prompts import wav

GIVEN = {"name": "greeting_en", "language": "en", "text": ""}


def file(content: bytes) -> dict[str, Any]:
    return {"audio": (BytesIO(content), "greeting.wav")}


def test_a_supervisor_keeps_a_recording_and_removes_it(signed_in: SignIn) -> None:
    client = signed_in("supervisor")
    assert "No prompt yet" in words(client.get("/prompts").text)

    assert send(client, "/prompts", {**GIVEN, **file(wav())}).status_code == 303

    page = client.get("/prompts").text
    assert "greeting_en" in words(page)
    heard = client.get(page.split('<audio controls preload="none" src="')[1].split('"')[0])
    assert (heard.mimetype, heard.data, heard.headers["X-Content-Type-Options"]) == (
        "audio/wav",
        wav(),
        "nosniff",
    )
    prompt_id = page.split("/prompts/")[1].split("/")[0]
    assert send(client, f"/prompts/{prompt_id}/remove").status_code == 303
    assert send(client, f"/prompts/{prompt_id}/remove").status_code == 404


def test_a_text_is_kept_where_there_is_no_recording(signed_in: SignIn) -> None:
    client = signed_in("supervisor")

    assert send(client, "/prompts", {**GIVEN, "text": "Welcome."}).status_code == 303

    page = client.get("/prompts").text
    assert "Welcome." in words(page)
    assert "<audio" not in page


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        pytest.param({"name": "Grüße", "text": "x"}, "Use small letters", id="a name"),
        pytest.param({}, "Choose a file, or write the text", id="nothing"),
        pytest.param({**file(b"<svg>")}, "Choose a WAV", id="no recording"),
        pytest.param({**file(wav(body=bytes(5_000_000)))}, "at most 5 MB", id="too large"),
    ],
)
def test_what_is_wrong_stands_at_its_field(signed_in: SignIn, wrong: dict[str, Any], told: str) -> None:
    refused = send(signed_in("supervisor"), "/prompts", {**GIVEN, **wrong})
    refused.request.input_stream.close()  # the client keeps what is large in a file

    assert refused.status_code == 422
    assert told in words(refused.text)
