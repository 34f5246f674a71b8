"""Each host has files of the prompts, and plays them without the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.config import Config
from core.runtime import Runtime
from flows import prompts, publish
from flows.language.turn import Play, Say
from flows.prompts import Given
from ivr import audio
from ivr.documents import Documents
from tests.flows.test_prompts import MP3, wav
from tests.ivr.conftest import NOON
from tests.outage import away

HOTLINE = publish.loaded(publish.library("hotline"))


@pytest.fixture
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1)


def keep(runtime: Runtime, *given: Given) -> None:
    with runtime.database.session(1) as session:
        for one in given:
            prompts.keep(session, 1, one, "ann", NOON)


def files(config: Config) -> set[str]:
    folder = config.state_dir / "prompts"
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != audio.DIGEST
    }


def test_files_follow_what_is_kept(runtime: Runtime, config: Config, pool: ThreadPoolExecutor) -> None:
    keep(runtime, Given("a", "en", wav()), Given("a", "zh", text="您好。"), Given("a.b", "en", MP3))

    assert audio.keep_files(runtime, pool) == {"written": 3, "removed": 0}
    assert audio.keep_files(runtime, pool) == {"written": 0, "removed": 0}
    assert files(config) == {"1/en/a.wav", "1/zh/a.txt", "1/en/a.b.mp3"}

    keep(runtime, Given("a", "en", text="Hello."))
    with runtime.database.session(1) as session:
        prompts.remove(session, 1, 3, "ann")
    assert audio.keep_files(runtime, pool) == {"written": 1, "removed": 1}
    assert files(config) == {"1/en/a.txt", "1/zh/a.txt"}


def test_a_file_cut_off_by_a_crash_is_written_again(
    runtime: Runtime, config: Config, pool: ThreadPoolExecutor
) -> None:
    keep(runtime, Given("a", "en", wav()))
    half = config.state_dir / "prompts" / "1" / "en" / "a.wav"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"RIFF")

    audio.keep_files(runtime, pool)

    assert half.read_bytes() == wav()


def test_callers_hear_a_recording_or_the_text_in_its_place(
    runtime: Runtime, pool: ThreadPoolExecutor
) -> None:
    keep(runtime, Given("a", "en", wav()), Given("a", "zh", text="您好。"))
    audio.keep_files(runtime, pool)

    with away(runtime.database):
        document = Documents(runtime).document(
            HOTLINE, 1, (Play("a", "en"), Play("a", "zh"), Play("b", "en")), "t"
        )

    assert "<Play>https://carillon.example/ivr/audio/" in document
    assert '<Say language="cmn-CN" voice="Polly.Zhiyu-Neural">您好。</Say>' in document
    assert document.count("<Play>") == 1
    assert audio.read_aloud(runtime.config, 1, Play("a", "zh")) == Say("您好。", "zh")
    assert not Path(runtime.config.state_dir / "prompts" / "2").exists()
