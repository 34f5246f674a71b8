"""The hotline's memory outside the database: written whole, read back whole, renewed when it changes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from core import clock
from core.db import ALL_TENANTS
from core.errors import Unavailable
from core.runtime import Runtime
from core.states import move
from flows import publish
from flows.models import FlowVersion
from ivr import snapshot
from ivr.building import RETIRED_KEPT
from ivr.models import HotlineNumber
from ivr.reader import STALE_S, SnapshotReader
from tests.ivr.flows import PIN
from tests.ivr.phone import AGENT, HOTLINE


@pytest.fixture
def path(runtime: Runtime) -> Path:
    return snapshot.path_in(runtime.config.state_dir)


def _refresh(runtime: Runtime, max_age_s: float = 3600) -> bool:
    return snapshot.refresh(runtime.database, runtime.config.state_dir, max_age_s)


def test_it_knows_numbers_tenants_and_flows(path: Path) -> None:
    found = snapshot.read(path)
    answering = found.numbers[HOTLINE]
    assert (answering.tenant_id, answering.forward_to) == (1, AGENT)
    assert found.tenants[1].name == "Acme"
    flow = found.flow(answering.flow)
    assert flow is not None
    assert flow.name == "hotline"
    assert found.flow("unknown") is None


def test_it_is_rewritten_only_when_something_changed_or_it_grew_old(runtime: Runtime, path: Path) -> None:
    clock.freeze(None)
    os.utime(path)
    assert not _refresh(runtime)
    with runtime.database.session(ALL_TENANTS) as session:
        session.scalars(select(HotlineNumber)).one().forward_to = "+14155550888"
    assert _refresh(runtime)
    assert not _refresh(runtime)
    assert _refresh(runtime, max_age_s=-1)


def test_a_retired_version_stays_for_calls_that_began_on_it_and_a_draft_is_not_in_it(
    runtime: Runtime, path: Path
) -> None:
    with runtime.database.session(1) as session:
        old = publish.published(session, 1, "hotline")
        move(session, old, "retired")
        draft = publish.save_draft(session, 1, PIN, clock.now())
        hashes = old.hash, draft.hash
    _refresh(runtime, -1)
    found = snapshot.read(path)
    assert found.flow(hashes[0]) is not None
    assert found.flow(hashes[1]) is None
    assert found.numbers[HOTLINE].flow == ""


def test_only_so_many_former_versions_are_kept(runtime: Runtime, path: Path) -> None:
    with runtime.database.session(ALL_TENANTS) as session:
        for number in range(RETIRED_KEPT + 5):
            version = publish.save_draft(
                session, 1, PIN.replace("Enter your", f"Enter {number}"), clock.now()
            )
            version.state, version.published_at = "retired", clock.now()
    _refresh(runtime, -1)
    with runtime.database.reading(1) as session:
        kept = session.scalars(select(FlowVersion.hash).where(FlowVersion.name == "pin")).all()
    assert sum(one in snapshot.read(path).documents for one in kept) == RETIRED_KEPT


def _cut(text: str) -> str:
    return text[: len(text) // 2]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(_cut, id="cut off"),
        pytest.param(lambda text: text.replace("Acme", "Evil"), id="a word changed"),
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda _: "[]", id="another shape"),
        pytest.param(lambda _: json.dumps({"body": {}, "checksum": "0"}), id="a wrong checksum"),
    ],
)
def test_a_damaged_file_is_refused_and_the_last_good_one_goes_on(
    path: Path, spoil: Callable[[str], str]
) -> None:
    reader = SnapshotReader(path, lambda: None)
    good = reader.current()
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")
    os.utime(path, ns=(1, 10**18))
    with pytest.raises(Unavailable):
        snapshot.read(path)
    assert reader.current() is good


def test_a_newer_file_is_read_at_once(runtime: Runtime, path: Path) -> None:
    reader = SnapshotReader(path, lambda: None)
    before = reader.current()
    with runtime.database.session(ALL_TENANTS) as session:
        session.scalars(select(HotlineNumber)).one().forward_to = "+14155550888"
    _refresh(runtime, -1)
    assert reader.current() is not before
    assert reader.current().numbers[HOTLINE].forward_to == "+14155550888"


def test_a_host_without_a_file_makes_one_at_its_first_call(runtime: Runtime, path: Path) -> None:
    path.unlink()
    reader = SnapshotReader(path, lambda: _refresh(runtime, -1))
    assert HOTLINE in reader.current().numbers
    assert path.exists()


def test_where_no_worker_rewrites_it_the_reader_does_beside_its_requests(path: Path) -> None:
    clock.freeze(None)
    renewed: list[str] = []
    old = time.time_ns() - (STALE_S + 60) * 10**9
    os.utime(path, ns=(old, old))
    reader = SnapshotReader(path, lambda: renewed.append("again"))
    for _ in range(5):
        reader.current()
    deadline = time.monotonic() + 30
    while not renewed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert renewed == ["again"], "once in ten seconds, not at every request"
