"""What the papers say is true."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from app import JOBS, create_app
from core.config import Config, described

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [line.split("#")[0].strip() for block in BLOCKS for line in block.splitlines() if line.strip()]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 120


def test_the_example_environment_is_the_settings() -> None:
    assert (ROOT / ".env.example").read_text() == described()


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("make ")])
def test_a_make_target_of_the_readme_exists(command: str) -> None:
    target = command.split()[1]

    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_make_lists_its_targets() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {"run", "test", "check", "bench"} <= set(shown.split())


def test_the_flask_commands_of_the_readme_work_in_order(
    fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Config(database_url=fresh_url, state_dir=tmp_path / "state"), carriers={})
    prepare(app, tmp_path)
    monkeypatch.chdir(tmp_path)
    runner = app.test_cli_runner()
    commands = [shlex.split(line)[1:] for line in COMMANDS if line.startswith("flask ")]

    assert len(commands) >= 5
    for arguments in commands:
        found = runner.invoke(args=arguments)
        assert found.exit_code == 0, f"{arguments}: {found.output}"


def prepare(app: Flask, folder: Path) -> None:
    """What the README takes for granted: a company, a sender, a list, a campaign, the flows."""
    (folder / "flows").symlink_to(ROOT / "flows")
    (folder / "list.csv").write_text(
        "reference,name,mobile,consent marketing,tags\nA1,Ann,+14155550101,written,autumn\n"
    )
    (folder / "jobs.csv").write_text("number,reference,received\nJ1,A1,2026-03-02\n")
    (folder / "mine.yaml").write_text(
        "name: Mine\npurpose: marketing\nchannel: sms\naudience: {segment: {tags: [autumn]}}\n"
        'message: {en: {text: "Lakeside: {{ name }}, your service is due. STOP ends."}}\n'
    )
    runner = app.test_cli_runner()
    for line in (
        'tenants add lakeside --name "Lakeside Motors" --region US',
        "senders add sms +14155550110",
        *(f"campaigns create {earlier}" for earlier in earlier_ones(folder)),
    ):
        found = runner.invoke(args=shlex.split(line))
        assert found.exit_code == 0, found.output


def earlier_ones(folder: Path) -> list[Path]:
    """The three campaigns a demo company begins with."""
    made = [folder / f"{name}.yaml" for name in ("first", "second", "third")]
    for path in made:
        path.write_text((folder / "mine.yaml").read_text().replace("Mine", path.stem))
    return made


def test_every_job_and_package_is_in_the_tour() -> None:
    tour = (ROOT / "ARCHITECTURE.md").read_text()
    packages = [path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"]

    assert not [name for name in packages if f"`{name}/`" not in tour]
    assert not [job.name for job in JOBS if job.name not in tour]


def test_every_package_in_the_requirements_has_a_reason() -> None:
    reasons = (ROOT / "docs" / "decisions" / "0002-packages.md").read_text().lower()
    lines = (ROOT / "requirements.txt").read_text().splitlines() + (
        ROOT / "requirements-dev.txt"
    ).read_text().splitlines()
    names = [line.split("==")[0] for line in lines if "==" in line]

    assert not [name for name in names if name.lower() not in reasons]


def test_every_place_named_to_nginx_is_an_address_of_ours(fresh_url: str, tmp_path: Path) -> None:
    app = create_app(Config(database_url=fresh_url, state_dir=tmp_path / "state"), carriers={})
    places = re.findall(r"location (/\S*) ", (ROOT / "deploy" / "nginx.conf").read_text())

    assert "/import" in places
    assert set(places) - {"/"} <= {rule.rule for rule in app.url_map.iter_rules()}
