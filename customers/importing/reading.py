"""
From bytes to physical lines of text.

The encoding is decided by these rules, the first that applies:

1. a byte order mark says it: UTF-8 or UTF-16;
2. of the first 64 KiB's pairs a tenth or more have a zero byte, ten times as often on one side: UTF-16, that side;
3. every byte is UTF-8, or there are more good UTF-8 sequences than wrong bytes: UTF-8 with some wrong bytes;
4. most bytes over 127 stand in runs of even length, as Chinese does: GB18030; otherwise Windows-1252.

A byte that is no text in that encoding becomes a lone surrogate U+DC00 + byte, so that its row can be refused.
"""

from __future__ import annotations

import codecs
import io
import re
import tempfile
from collections import deque
from typing import BinaryIO

from core.errors import Invalid
from customers.importing.problems import REASONS

MAX_BYTES = 500_000_000
MAX_ROW_CHARS = 65_536
CHUNK = 1 << 20
HEAD = 1 << 16
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in wrong), error.end


codecs.register_error("mark_wrong_bytes", _mark)


def seekable(stream: BinaryIO) -> BinaryIO:
    """*stream*, or a copy on disk if it can be read only once."""
    if stream.seekable():
        return stream
    copy = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the import
    while chunk := stream.read(CHUNK):
        copy.write(chunk)
        if copy.tell() > MAX_BYTES:
            break
    copy.seek(0)
    return copy


def encoding_of(stream: BinaryIO) -> str:
    """The encoding of the whole *stream* by the rules above; leaves it at its start. Invalid if empty or too big."""
    head = stream.read(HEAD)
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if not size:
        raise Invalid("empty_file", REASONS["empty_file"])
    if size > MAX_BYTES:
        raise Invalid("file_too_big", REASONS["file_too_big"])
    for bom, name in BOMS:
        if head.startswith(bom):
            return name
    return _utf16_side(head) or ("utf-8" if _is_utf8(stream) else _by_counting(stream))


def _utf16_side(head: bytes) -> str | None:
    even, odd = head[::2].count(0), head[1::2].count(0)
    enough = max(2, len(head) // 20)
    if odd >= enough and odd > 10 * even:
        return "utf-16-le"
    return "utf-16-be" if even >= enough and even > 10 * odd else None


def _is_utf8(stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := stream.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        stream.seek(0)
    return True


def _by_counting(stream: BinaryIO) -> str:
    good = wrong = even = odd = 0
    while chunk := stream.read(CHUNK):
        sequences = UTF8_SEQUENCE.findall(chunk)
        runs = [len(run) for run in HIGH_RUN.findall(chunk)]
        good += len(sequences)
        wrong += sum(runs) - sum(map(len, sequences))
        even += sum(run for run in runs if run % 2 == 0)
        odd += sum(run for run in runs if run % 2)
    stream.seek(0)
    if good > wrong:
        return "utf-8"
    return "gb18030" if even > odd else "cp1252"


class Lines:
    """The physical lines of a text, numbered from 1, without their ends (LF, CR LF or CR)."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._text = io.TextIOWrapper(stream, encoding=encoding, errors="mark_wrong_bytes", newline=None)
        self._ahead: deque[str] = deque()
        self.number = 0
        self._stream = stream

    def next(self) -> str | None:
        """The next line, or None at the end. One longer than MAX_ROW_CHARS comes cut to one character more."""
        self.number += 1
        line = self._ahead.popleft() if self._ahead else self._read()
        if line is None:
            self.number -= 1
        return line

    def ahead(self, count: int) -> list[str]:
        """The next *count* lines, or those there are, without going on to them."""
        while len(self._ahead) < count and (line := self._read()) is not None:
            self._ahead.append(line)
        return list(self._ahead)[:count]

    def _read(self) -> str | None:
        line = self._text.readline(MAX_ROW_CHARS + 2)
        if not line:
            return None
        if line[-1] == "\n":
            return line[:-1]
        if len(line) > MAX_ROW_CHARS:
            while (rest := self._text.readline(CHUNK)) and rest[-1] != "\n":
                pass
            return line[: MAX_ROW_CHARS + 1]
        return line

    def bytes_read(self) -> int:
        """How far into the stream we are."""
        return self._stream.tell()

    def release(self) -> None:
        """Leave the stream open for whoever opened it."""
        self._text.detach()
