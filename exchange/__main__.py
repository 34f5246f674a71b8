"""The command line: serve an exchange, or print a ledger."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from exchange.clock import Clock, from_iso
from exchange.ledger import Ledger, NoLedger
from exchange.population import BadPopulation, load
from exchange.server import serve
from exchange.switch import Switch
from exchange.writing import WrongLedger

HEADINGS = ("at", "channel", "direction", "from", "to", "outcome", "sid")


def main(argv: list[str] | None = None) -> int:
    """Exit 0 done, 2 wrong use."""
    words = sys.argv[1:] if argv is None else argv
    return _print(words[1:]) if words[:1] == ["ledger"] else _serve(words)


def _serve(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m exchange",
        description="A telephone exchange in a box.",
        epilog="python -m exchange ledger FILE [--json] [--all] prints what was contacted.",
    )
    parser.add_argument("--port", type=_whole(0, 65535), required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--population", type=Path, required=True, help="YAML: accounts, numbers, subscribers")
    parser.add_argument("--seed", type=_whole(0, 2**63), default=1, help="repeats a run")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, help="business seconds a real second, 0.1 to 1000"
    )
    parser.add_argument(
        "--ledger", type=Path, required=True, help="SQLite file; an existing one is continued"
    )
    parser.add_argument("--epoch", type=_instant, help="business instant at the start, ISO 8601; default now")
    parser.add_argument("--epoch-real", type=_instant, help="the real instant of --epoch; default now")
    given = parser.parse_args(words)
    try:
        population = load(given.population)
        clock = Clock(given.speed, given.epoch or datetime.now(UTC), given.epoch_real)
        switch = Switch(population, seed=given.seed, clock=clock, ledger=given.ledger)
        asyncio.run(serve(switch, given.host, given.port))
    except (BadPopulation, WrongLedger) as error:
        print(f"python -m exchange: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"python -m exchange: port {given.port} on {given.host}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _print(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m exchange ledger", description="What was contacted, oldest first."
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON array on stdout")
    parser.add_argument("--all", action="store_true", help="also what came in, what TwiML dialled, replies")
    given = parser.parse_args(words)
    try:
        contacts = Ledger(given.file).contacts(everything=given.all)
    except NoLedger as error:
        print(f"python -m exchange ledger: {error}", file=sys.stderr)
        return 2
    if given.json:
        json.dump(contacts, sys.stdout, indent=1)
        print()
        return 0
    rows = [HEADINGS, *(tuple(contact[name] for name in HEADINGS) for contact in contacts)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _whole(low: int, high: int):  # type: ignore[no-untyped-def]
    def whole(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return whole


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0.1 to 1000")
    return speed


def _instant(text: str) -> datetime:
    try:
        return from_iso(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an instant such as 2026-12-24T17:05:00Z"
        ) from error


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `ledger FILE | head` ends without a traceback
    sys.exit(main())
