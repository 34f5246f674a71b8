"""
What `make run` does: a fresh demo company, then web, worker and telephone exchange until Ctrl-C.

    PORT=8010 EXCHANGE_PORT=8011 make run     other ports
    KEEP=1 make run                           go on with yesterday's data instead of starting anew

Everything lives in var/demo/. The first pages can be opened within seconds; customers and campaigns arrive while you sign in.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from honcho.manager import Manager
from honcho.printer import Printer

from core.config import Config

FOLDER = Path("var/demo")
HOST = "127.0.0.1"
PORTS = {"PORT": 8000, "EXCHANGE_PORT": 8001}
# what honcho answers when it was stopped by hand: that is no failure
STOPPED = (130, 143)


class CannotRun(Exception):
    """The demo cannot start; the message says what to do about it."""


def main() -> int:
    """Exit 0 when stopped by hand, 1 when something failed, 2 when it cannot start."""
    try:
        ports = chosen_ports(os.environ)
        with only_one(FOLDER):
            return _run(ports, fresh=os.environ.get("KEEP", "") in ("", "0"))
    except CannotRun as error:
        print(f"make run: {error}", file=sys.stderr)
        return 2


def chosen_ports(environment: Mapping[str, str]) -> dict[str, int]:
    """The ports to use. Raises CannotRun naming each that is no port or is taken."""
    ports, wrong = {}, []
    for name, default in PORTS.items():
        text = environment.get(name) or str(default)
        if not (text.isascii() and text.isdigit() and 1024 <= int(text) <= 65535):
            wrong.append(f"{name}={text} is no port; enter a number from 1024 to 65535")
            continue
        ports[name] = int(text)
        if is_busy(ports[name]):
            wrong.append(
                f"port {text} is in use by another program; choose another one: make run {name}={int(text) + 10}"
            )
    if len(set(ports.values())) < len(ports):
        wrong.append("PORT and EXCHANGE_PORT must differ")
    if wrong:
        raise CannotRun("; ".join(wrong))
    return ports


def is_busy(port: int) -> bool:
    """Whether something listens on *port* already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Keeps a second demo from deleting the data of a running one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun("a demo is running from this folder already; stop it with Ctrl-C first") from None
        yield


def environment(ports: Mapping[str, int], folder: Path) -> dict[str, str]:
    """The settings of every demo process: none of the shell's own settings of Carillon gets in, nor a proxy between us."""
    ours = {name.upper() for name in Config.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in ours}
    return {
        **inherited,
        "FLASK_APP": "wsgi",
        "DATABASE_URL": f"sqlite:///{folder.resolve() / 'carillon.db'}",
        "STATE_DIR": str(folder.resolve()),
        "PUBLIC_URL": f"http://{HOST}:{ports['PORT']}",
        "EXCHANGE_URL": f"http://{HOST}:{ports['EXCHANGE_PORT']}",
        "SESSION_HOURS": "72",
        "NO_PROXY": HOST,
        "no_proxy": HOST,
        "PYTHONUNBUFFERED": "1",
    }


def commands(ports: Mapping[str, int], folder: Path, setup: Mapping[str, Any]) -> dict[str, list[list[str]]]:
    """What each process runs, one command after another."""
    python = sys.executable
    flask = [python, "-m", "flask"]
    gunicorn = [python, "-m", "gunicorn", "wsgi:app", "--no-control-socket", "--log-level", "warning"]
    exchange = [python, "-m", "exchange", "--port", str(ports["EXCHANGE_PORT"])]
    exchange += ["--population", str(folder / "population.yaml"), "--ledger", str(folder / "exchange.db")]
    exchange += ["--seed", str(setup["seed"]), "--speed", str(setup["speed"])]
    exchange += ["--epoch", setup["business"], "--epoch-real", setup["real"]]
    return {
        "web": [
            [
                *gunicorn,
                "--bind",
                f"{HOST}:{ports['PORT']}",
                "--worker-class",
                "gthread",
                "--workers",
                "1",
                "--threads",
                "16",
            ]
        ],
        "exchange": [exchange],
        "worker": [[*flask, "demo", "fill"], [*flask, "worker"]],
    }


def _run(ports: Mapping[str, int], fresh: bool) -> int:
    if fresh:
        with suppress(FileNotFoundError):
            shutil.rmtree(FOLDER)
    FOLDER.mkdir(parents=True, exist_ok=True)
    env = environment(ports, FOLDER)
    print("Preparing the demo company ...", flush=True)
    setup = _set_up(env)
    print(_welcome(env["PUBLIC_URL"], setup, fresh), flush=True)
    manager = Manager(Printer(sys.stdout))
    for name, steps in commands(ports, FOLDER, setup).items():
        manager.add_process(name, _in_shell(steps, FOLDER / f"{name}.log"), env=env)
    manager.loop()
    if manager.returncode in (0, *STOPPED):
        return 0
    print(
        f"make run: something ended that should not have; its last words are in {FOLDER}/*.log",
        file=sys.stderr,
    )
    return 1


def _set_up(env: Mapping[str, str]) -> dict[str, Any]:
    """Schema, clock, company and staff; they must be there before the first process starts."""
    command = [sys.executable, "-m", "flask", "demo", "setup", "--json"]
    done = subprocess.run(command, env=dict(env), stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  # our own command
    if done.returncode:
        raise CannotRun("the demo company could not be prepared; see above")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _in_shell(steps: list[list[str]], log: Path) -> str:
    """
    One shell line that ends as its last command, so that a signal reaches that command itself.

    What that one says goes to *log*; what comes before it is worth seeing on screen.
    """
    *first, last = [shlex.join(step) for step in steps]
    return " && ".join([*first, f"exec {last} >{shlex.quote(str(log))} 2>&1"])


def _welcome(url: str, setup: Mapping[str, Any], fresh: bool) -> str:
    news = (
        "20,000 customers are being imported, then three campaigns start."
        if fresh
        else "Customers and campaigns are as you left them."
    )
    people = "\n".join(f"      {one['email']:32}{one['what']}" for one in setup["staff"])
    return (
        f"\n  Carillon is starting on {url}\n\n"
        f"    Sign in as\n{people}\n    with the password  {setup['password']}\n\n"
        f"    It is {setup['local']} at {setup['company']}, and the clock runs {setup['speed']:g} times as fast.\n"
        f"    {news}\n    What each part says is in {FOLDER}/*.log. Stop with Ctrl-C.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
