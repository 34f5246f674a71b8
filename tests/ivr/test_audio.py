"""Recorded prompts are served at addresses we signed, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer

from core.config import Config
from flows.language.turn import Play
from ivr import audio
from tests.ivr.phone import Caller


@pytest.fixture
def client(caller: Caller) -> FlaskClient:
    return caller.client


@pytest.fixture
def prompt(config: Config) -> str:
    file = config.state_dir / "prompts" / "1" / "en" / "jingle.wav"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"RIFFjingle")
    path = audio.path_of(config, 1, Play("jingle", "en"))
    assert path is not None
    return path


def test_a_prompt_is_served_with_its_type(client: FlaskClient, prompt: str) -> None:
    with client.get(prompt) as answer:
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/wav", b"RIFFjingle")


def test_a_prompt_that_was_never_uploaded_has_no_address(config: Config, prompt: str) -> None:
    assert audio.path_of(config, 1, Play("jingle", "zh")) is None
    assert audio.path_of(config, 2, Play("jingle", "en")) is None


def test_addresses_we_did_not_sign_lead_nowhere(client: FlaskClient, config: Config, prompt: str) -> None:
    secret = config.state_dir / "secret.wav"
    secret.write_bytes(b"secret")
    forged = URLSafeSerializer("another key", salt="prompt").dumps("1/en/jingle")
    other_salt = URLSafeSerializer(config.keys[0], salt="letter").dumps("1/en/jingle")
    for name in (forged, other_salt, "1/en/jingle", "..%2Fsecret", prompt.rsplit("/", 1)[-1][:-2]):
        assert client.get(f"/ivr/audio/{name}").status_code == 404


def test_a_prompt_deleted_later_is_not_found(client: FlaskClient, config: Config, prompt: str) -> None:
    Path(config.state_dir / "prompts" / "1" / "en" / "jingle.wav").unlink()
    assert client.get(prompt).status_code == 404
