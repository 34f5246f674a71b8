"""
How requests reach a carrier: a client for the twilio package that knows whether a request has left us.

Everything goes to one base address, whatever host the package names. Connections are kept and used again. A request is
never repeated and a redirect never followed; nothing of it is logged. What fails before its first byte left raises
`NotSent`, what fails afterwards `MaybeSent`.
"""

from __future__ import annotations

import io
import logging
import select
import socket
import ssl
from base64 import b64encode
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException, HTTPMessage, HTTPResponse
from math import inf
from urllib.parse import urlencode, urlsplit

import certifi
from twilio.http import HttpClient
from twilio.http.response import Response

from core import clock
from core.errors import Unavailable

CONNECT_S = 5.0
IDLE_S = 10.0
MAX_BYTES = 16_000_000
LOGGER = logging.getLogger(__name__)


class NotSent(Unavailable):
    """The carrier could not be reached; nothing has left us."""


class MaybeSent(Unavailable):
    """The carrier did not answer properly; the request may have reached it."""


class Http(HttpClient):  # type: ignore[misc]  # the package ships no types
    """Connections to the server at *base*, at most *size* of them kept; safe for any number of threads."""

    def __init__(self, base: str, size: int, timeout_s: float) -> None:
        super().__init__(LOGGER, False, timeout_s)
        parts = urlsplit(base)
        self._tls = _tls() if parts.scheme == "https" else None
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        self._netloc, self._prefix = parts.netloc, parts.path.rstrip("/")
        self._idle: deque[_Kept] = deque()
        self._size = size

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
        not_after: float = inf,
    ) -> Response:
        """
        The twilio package's way to ask. *not_after* (monotonic): from then on nothing is sent any more.

        Raises NotSent or MaybeSent.
        """
        deadline = clock.monotonic() + (timeout or self.timeout)
        body = urlencode(data, doseq=True).encode() if data else b""
        message = self._head(method, uri, params, headers or {}, auth, len(body)) + body
        kept = self._take(deadline)
        try:
            status, answer_headers, text = kept.ask(method, message, deadline, not_after)
        except BaseException:
            kept.sock.close()
            raise
        if kept.is_reusable and len(self._idle) < self._size:
            self._idle.append(kept)
        else:
            kept.sock.close()
        return Response(status, text, answer_headers)

    def _head(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None,
        headers: Mapping[str, str],
        auth: tuple[str, str] | None,
        length: int,
    ) -> bytes:
        path = self._prefix + "/" + uri.split("/", 3)[3]
        if params:
            path += "?" + urlencode(params, doseq=True)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._netloc}", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if auth:
            lines.append(_basic(auth))
        if not all(map(_is_one_line, lines)):
            raise ValueError("a request line or header holds a line break")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _take(self, deadline: float) -> _Kept:
        while self._idle:
            try:
                kept = self._idle.pop()
            except IndexError:
                break
            if kept.is_fresh():
                return kept
            kept.sock.close()
        return self._connect(deadline)

    def _connect(self, deadline: float) -> _Kept:
        sock = None
        try:
            sock = socket.create_connection((self._host, self._port), timeout=CONNECT_S)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_hostname=self._host)
        except (OSError, UnicodeError) as error:
            if sock:
                sock.close()
            raise NotSent(
                _why(error),
                f"the carrier at {self._host} cannot be reached; check its address and the network",
            ) from error
        if clock.monotonic() > deadline:
            sock.close()
            raise NotSent("timeout", f"connecting to the carrier at {self._host} took too long")
        return _Kept(sock)


@dataclass
class _Kept:
    """One connection, and since when it has been idle."""

    sock: socket.socket
    since: float = 0.0
    is_reusable: bool = False

    def __del__(self) -> None:
        self.sock.close()

    def is_fresh(self) -> bool:
        """Whether the server has most likely not closed it: idle for a short time, nothing to read."""
        if clock.monotonic() - self.since > IDLE_S:
            return False
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def ask(
        self, method: str, message: bytes, deadline: float, not_after: float
    ) -> tuple[int, HTTPMessage, str]:
        """Send *message* and read the answer."""
        self.is_reusable = False
        send = self.sock.sendall
        self.sock.settimeout(max(0.001, deadline - clock.monotonic()))
        if clock.monotonic() >= not_after:
            raise NotSent("too_late", "the time to send this is over")
        try:
            send(message)
            answer = HTTPResponse(_Timed(self.sock, deadline), method=method)  # type: ignore[arg-type]  # all it needs
            answer.begin()
            text = answer.read(MAX_BYTES).decode("utf-8", "replace")
        except (OSError, HTTPException) as error:
            raise MaybeSent(
                _why(error), "the carrier did not answer; the request may have reached it"
            ) from error
        self.is_reusable = not answer.will_close and answer.isclosed()
        self.since = clock.monotonic()
        return answer.status, answer.headers, text


class _Timed(io.RawIOBase):
    """A socket's bytes until *deadline*, however slowly they trickle."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client reads from."""
        return io.BufferedReader(self, 65_536)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader hands over
        left = self._deadline - clock.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._sock.recv_into(buffer)


def _tls() -> ssl.SSLContext:
    """The system's certificate authorities, and where it has none those of certifi."""
    context = ssl.create_default_context()
    if not context.get_ca_certs():
        context.load_verify_locations(certifi.where())
    return context


@lru_cache(16)
def _basic(auth: tuple[str, str]) -> str:
    return "Authorization: Basic " + b64encode(":".join(auth).encode()).decode()


def _is_one_line(line: str) -> bool:
    return line.isprintable()


def _why(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "timeout"
        case socket.gaierror() | UnicodeError():
            return "dns"
        case ssl.SSLError():
            return "tls"
        case ConnectionRefusedError():
            return "connect_refused"
        case ConnectionError():
            return "connection_lost"
        case HTTPException():
            return "bad_answer"
    return "network"
