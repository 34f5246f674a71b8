"""
What `make run` does: a fresh demo company, then web, worker and telephone exchange until Ctrl-C.

    PORT=8010 EXCHANGE_PORT=8011 make run     other ports
    KEEP=1 make run                           go on where the last one was stopped or killed, instead of starting anew

Everything lives in var/demo/. The first pages can be opened within seconds; customers and campaigns arrive while you sign in.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from core.config import Config
from demo.supervising import Part, Supervisor

FOLDER = Path("var/demo")
HOST = "127.0.0.1"
PORTS = {"PORT": 8000, "EXCHANGE_PORT": 8001}


class CannotRun(Exception):
    """The demo cannot start; the message says what to do about it."""


def main() -> int:
    """Exit 0 when stopped by hand, 1 when something failed, 2 when it cannot start."""
    try:
        with only_one(FOLDER) as lock:
            return _run(lock, chosen_ports(os.environ), fresh=os.environ.get("KEEP", "") in ("", "0"))
    except CannotRun as error:
        _say(str(error))
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
def only_one(folder: Path) -> Iterator[IO[str]]:
    """Keeps a second demo from deleting the data of a running one; the lock file tells what that consists of."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotRun(
                "a demo is running from this folder already; stop it with Ctrl-C first, "
                f"or, if its terminal is gone, with: kill -9 -- {lock.read()}"
            ) from None
        yield lock


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


def parts(ports: Mapping[str, int], folder: Path, setup: Mapping[str, Any]) -> list[Part]:
    """What runs, in the order it is started: the exchange tells web at once what it has to tell."""
    python = sys.executable
    flask = [python, "-m", "flask"]
    web = [python, "-m", "gunicorn", "wsgi:app", "--no-control-socket", "--log-level", "warning"]
    web += [
        "--bind",
        f"{HOST}:{ports['PORT']}",
        "--worker-class",
        "gthread",
        "--workers",
        "1",
        "--threads",
        "16",
    ]
    exchange = [python, "-m", "exchange", "--port", str(ports["EXCHANGE_PORT"])]
    exchange += ["--population", str(folder / "population.yaml"), "--ledger", str(folder / "exchange.db")]
    exchange += ["--seed", str(setup["seed"]), "--speed", str(setup["speed"])]
    exchange += ["--epoch", setup["business"], "--epoch-real", setup["real"]]
    return [
        Part("web", [web], folder / "web.log", ports["PORT"]),
        Part("exchange", [exchange], folder / "exchange.log", ports["EXCHANGE_PORT"]),
        Part("worker", [[*flask, "demo", "fill"], [*flask, "worker"]], folder / "worker.log"),
    ]


def _run(lock: IO[str], ports: Mapping[str, int], fresh: bool) -> int:
    if fresh:
        with suppress(FileNotFoundError):
            shutil.rmtree(FOLDER)
    FOLDER.mkdir(parents=True, exist_ok=True)
    env = environment(ports, FOLDER)
    print("Preparing the demo company ...", flush=True)
    setup = _set_up(env)
    print(_welcome(env["PUBLIC_URL"], setup, fresh), flush=True)
    print(_exports(ports, env), end="", flush=True)
    supervisor = Supervisor(parts(ports, FOLDER, setup), env, lock.fileno(), _say)

    def started() -> None:
        lock.truncate(0)
        print(os.getpid(), *(-group for group in supervisor.groups), file=lock, end="", flush=True)

    is_fine = supervisor.run(started)
    others = "".join(f" {name}={port}" for name, port in ports.items() if port != PORTS[name])
    _say(f"stopped. Go on from here with: make run KEEP=1{others}")
    return 0 if is_fine else 1


def _say(sentence: str) -> None:
    print(f"make run: {sentence}", file=sys.stderr, flush=True)


def _set_up(env: Mapping[str, str]) -> dict[str, Any]:
    """Schema, clock, company and staff; they must be there before the first process starts."""
    command = [sys.executable, "-m", "flask", "demo", "setup", "--json"]
    done = subprocess.run(command, env=dict(env), stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  # our own command
    if done.returncode:
        raise CannotRun("the demo company could not be prepared; see above")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


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


def _exports(ports: Mapping[str, int], env: Mapping[str, str]) -> str:
    """What commands in a second terminal need, where it is not the README's."""
    if dict(ports) == PORTS:
        return ""
    named = " ".join(
        f"{name}={env[name]}" for name in ("DATABASE_URL", "STATE_DIR", "PUBLIC_URL", "EXCHANGE_URL")
    )
    return f"    For flask commands in a second terminal: export {named}\n\n"


if __name__ == "__main__":
    sys.exit(main())
