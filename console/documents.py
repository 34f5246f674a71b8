"""A campaign's document as staff send it: typed or as a file, with its list beside it; and each fault at its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import request

from console.languages import said
from core import yaml
from core.errors import CarillonError, Invalid, WrongFields
from core.sentences import Sentence, lines_of


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
        raise Invalid("yaml_encoding", "save the document as UTF-8") from None


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
        raise Invalid("audience_file", "audience: write “file: list.csv” to use the list you sent")
    return name


def faults(text: str, error: CarillonError) -> list[Wrong]:
    """What *error* names, each found in *text*; in the order of its lines."""
    places = yaml.places(text)
    if isinstance(error, WrongFields):
        found = [Wrong(_line(fault.field, places), fault.field, said(fault.detail)) for fault in error.faults]
    else:
        found = [_at_line(line) for line in lines_of(error.message)]
    return sorted(found, key=lambda wrong: wrong.line)


def _at_line(text: str) -> Wrong:
    figures = text.figures if isinstance(text, Sentence) else {}
    if "problem" in figures:
        return Wrong(figures["line"], "", said(figures["problem"]))
    return Wrong(0, "", said(text))


def _line(place: str, places: Mapping[str, int]) -> int:
    """The line of *place*, or of the nearest field around it that the document has."""
    while place and place not in places:
        place = place.rpartition(".")[0]
    return places.get(place, 0)
