"""
How requests reach a carrier: a client for the twilio package that knows whether a request has left us.

Everything goes to one base address, whatever host the package names. Connections are kept and used again. A request is
never repeated and a redirect never followed; nothing of it is logged. What fails before its first byte left raises
`NotSent`, what fails afterwards `MaybeSent`.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from math import inf
from urllib.parse import urlencode, urlsplit

from twilio.http import HttpClient
from twilio.http.response import Response

from core import clock
from core.carriers.connection import Connection, authorities, connect

LOGGER = logging.getLogger(__name__)


class Http(HttpClient):  # type: ignore[misc]  # the package ships no types
    """Connections to the server at *base*, at most *size* of them kept; safe for any number of threads."""

    def __init__(self, base: str, size: int, timeout_s: float) -> None:
        super().__init__(LOGGER, False, timeout_s)
        parts = urlsplit(base)
        self._tls = authorities() if parts.scheme == "https" else None
        self.host = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        self._netloc, self._prefix = parts.netloc, parts.path.rstrip("/")
        self._idle: deque[Connection] = deque()
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
        body = urlencode(data, doseq=True, errors="replace").encode() if data else b""
        message = self._head(method, uri, params, headers or {}, auth, len(body)) + body
        kept = self._take(deadline)
        try:
            status, answer_headers, text = kept.ask(method, message, deadline, not_after)
        except BaseException:
            kept.close()
            raise
        if kept.is_reusable and len(self._idle) < self._size:
            self._idle.append(kept)
        else:
            kept.close()
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
        if not all(line.isprintable() for line in lines):
            raise ValueError("a request line or header holds a line break")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _take(self, deadline: float) -> Connection:
        while self._idle:
            try:
                kept = self._idle.pop()
            except IndexError:
                break
            if kept.is_fresh():
                return kept
            kept.close()
        return connect(self.host, self._port, self._tls, deadline)


@lru_cache(16)
def _basic(auth: tuple[str, str]) -> str:
    return "Authorization: Basic " + b64encode(":".join(auth).encode()).decode()
