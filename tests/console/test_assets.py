"""Static files: what is vendored is what the lock says, and the browser may keep it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from flask import Flask

from console.assets import FOLDER, ICONS, asset

LOCKS = (FOLDER / "vendor" / "vendor.lock.json", Path(__file__).parent / "vendor" / "vendor.lock.json")
ENTRIES = [
    pytest.param(lock.parent / name, entry, id=name)
    for lock in LOCKS
    for name, entry in json.loads(lock.read_text()).items()
]


@pytest.mark.parametrize(("path", "entry"), ENTRIES)
def test_vendored_files_are_those_of_the_lock(path: Path, entry: dict[str, object]) -> None:
    content = path.read_bytes()

    assert len(content) == entry["bytes"]
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert entry["licence"] in {"0BSD", "OFL-1.1", "ISC", "MPL-2.0"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_nothing_is_vendored_without_a_lock(lock: Path) -> None:
    locked = {*json.loads(lock.read_text()), "vendor.lock.json", "LICENCES.txt"}

    assert {path.name for path in lock.parent.iterdir()} <= locked


def test_every_icon_used_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (FOLDER / ICONS).read_text()))
    root = FOLDER.parent
    sources = "".join(
        path.read_text() for path in [*root.glob("templates/*.html"), *root.glob("console/*.py")]
    )
    used = {
        name for call in re.findall(r"icon\(([^)]*)\)", sources) for name in re.findall(r"'([\w-]+)'", call)
    }
    used |= set(re.findall(r'Entry\("\w*", "([\w-]+)"', sources))
    used |= {
        name
        for pair in re.findall(r"\('(?:good|bad|warn|info|idle)', '([\w-]+)'\)", sources)
        for name in [pair]
    }

    assert len(used) > 20
    assert used - sprite - {"launch", "pause", "cancel"} == set()


def test_the_browser_may_keep_a_file_for_good(app: Flask) -> None:
    with app.test_client().get(asset("app.css")) as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers
        answer.get_data()


def test_the_address_of_a_file_changes_with_its_content() -> None:
    digest = hashlib.sha256((FOLDER / "app.css").read_bytes()).hexdigest()

    assert asset("app.css") == f"/static/app.css?v={digest[:12]}"
