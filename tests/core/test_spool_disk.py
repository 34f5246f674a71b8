"""The spool and its disk: one fsync for all who wait, and nobody is told that something is kept when it may not be."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.spool import Spool

Fsync = Callable[[int], None]
REAL: Fsync = os.fsync


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", "web")


def files_only(fsync: Fsync) -> Fsync:
    """*fsync* for files; folders are synced as ever."""
    return lambda handle: REAL(handle) if stat.S_ISDIR(os.fstat(handle).st_mode) else fsync(handle)


def names(spool: Spool) -> list[str]:
    lines = (line for path in sorted(spool.folder.glob("*.spool")) for line in path.read_text().splitlines())
    return [json.loads(line)["data"]["name"] for line in lines]


def test_all_who_come_while_the_disk_is_busy_share_the_next_fsync(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[list[str]] = []
    is_busy, may_go_on = threading.Event(), threading.Event()

    def fsync(handle: int) -> None:
        is_busy.set()
        assert may_go_on.wait(30)
        REAL(handle)
        synced.append(names(spool))

    monkeypatch.setattr(os, "fsync", files_only(fsync))
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(spool.append, "note", {"name": "first"})
        assert is_busy.wait(30)
        others = [pool.submit(spool.append, "note", {"name": f"{number}"}) for number in range(8)]
        deadline = time.monotonic() + 30
        while len(spool._open.lines) < 8 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert not any(one.done() for one in (first, *others)), "nobody is answered before the disk has it"
        may_go_on.set()
        for one in (first, *others):
            one.result(30)

    assert synced[0] == ["first"]
    assert [sorted(those) for those in synced[1:]] == [sorted(["first", *map(str, range(8))])]
    spool.close()


def test_a_disk_that_fails_is_told_to_all_who_waited_and_never_asked_again(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.append("note", {"name": "before"})

    def fails(handle: int) -> None:
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr(os, "fsync", files_only(fails))
    for _ in range(2):
        with pytest.raises(OSError, match="the disk is broken"):
            spool.append("note", {"name": "perhaps"})
    monkeypatch.undo()
    spool.append("note", {"name": "after"})

    *_, last = sorted(spool.folder.glob("*.spool"))
    assert names(spool)[0] == "before"
    assert [json.loads(line)["data"]["name"] for line in last.read_text().splitlines()] == ["after"]
    spool.close()


def test_a_file_taken_away_is_made_anew(spool: Spool) -> None:
    spool.append("note", {"name": "lost by whoever removed it"})
    for path in spool.folder.glob("*.spool"):
        path.unlink()
    spool.append("note", {"name": "kept"})

    assert names(spool) == ["kept"]
    spool.close()
