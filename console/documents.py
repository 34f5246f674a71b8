"""A campaign's document as staff send it: typed or as a file, with its list beside it; and each fault at its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import request
from flask_babel import gettext as _

from core import yaml
from core.errors import Invalid

AT_LINE = re.compile(r"line (\d+), column \d+: (.*)", re.DOTALL)
FIELD = re.compile(r"([\w.]+): (.*)", re.DOTALL)


@dataclass(frozen=True)
class Wrong:
    """What to mend, and on which line (0: nobody knows)."""

    line: int
    field: str
    said: str


def document() -> str:
    """What was sent: the file if there is one, else what was typed. Raises Invalid."""
    sent = request.files.get("document")
    if sent is None or not sent.filename:
        return str(request.form.get("text", "")).replace("\r\n", "\n")
    try:
        return bytes(sent.read()).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Invalid("yaml_encoding", _("Save the document as UTF-8.")) from None


@contextmanager
def audience_folder(text: str) -> Iterator[Path | None]:
    """A folder with the list that was sent, under the name the document has for it; None if none was sent."""
    sent = request.files.get("audience")
    if sent is None or not sent.filename:
        yield None
        return
    with TemporaryDirectory(prefix="audience-") as folder:
        sent.save(Path(folder) / _name_in(text))
        yield Path(folder)


def _name_in(text: str) -> str:
    found = yaml.parse(text)
    audience = found.get("audience") if isinstance(found, Mapping) else None
    name = audience.get("file") if isinstance(audience, Mapping) else None
    if not isinstance(name, str) or not name or Path(name).name != name or len(name) > 120:
        raise Invalid("audience_file", _("audience: write “file: list.csv” to use the list you sent"))
    return name


def faults(text: str, message: str) -> list[Wrong]:
    """*message*, a line a fault, each found in *text*; in the order of its lines."""
    places = yaml.places(text)
    found = [_fault(line, places) for line in message.splitlines() if line.strip()]
    return sorted(found, key=lambda wrong: wrong.line)


def _fault(line: str, places: Mapping[str, int]) -> Wrong:
    if at := AT_LINE.fullmatch(line):
        return Wrong(int(at[1]), "", at[2])
    named = FIELD.fullmatch(line)
    if not named:
        return Wrong(0, "", line)
    place = named[1]
    while place and place not in places:
        place = place.rpartition(".")[0]
    return Wrong(places.get(place, 0), named[1], named[2])
