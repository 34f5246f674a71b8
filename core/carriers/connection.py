"""One connection to a carrier: every failure says whether anything can have left us."""

from __future__ import annotations

import io
import select
import socket
import ssl
import weakref
from http.client import HTTPException, HTTPMessage, HTTPResponse

import certifi

from core import clock
from core.errors import Unavailable

CONNECT_S = 5.0
# shorter than any carrier keeps an idle connection: it must not close it just as we send
IDLE_S = 10.0
MAX_BYTES = 16_000_000


class NotSent(Unavailable):
    """The carrier could not be reached; nothing has left us."""


class MaybeSent(Unavailable):
    """The carrier did not answer properly; the request may have reached it."""


class Connection:
    """A connected socket; closed when nobody holds it any more."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.close = weakref.finalize(self, sock.close)
        self._since = clock.monotonic()
        self.is_reusable = False

    def is_fresh(self) -> bool:
        """Whether the server has most likely not closed it: idle for a short time, nothing to read."""
        if clock.monotonic() - self._since > IDLE_S:
            return False
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return not poll.poll(0)

    def ask(
        self, method: str, message: bytes, deadline: float, not_after: float
    ) -> tuple[int, HTTPMessage, str]:
        """Send *message* unless it is *not_after*, and read the answer until *deadline* (both monotonic)."""
        self.is_reusable = False
        self._sock.settimeout(max(0.001, deadline - clock.monotonic()))
        # a stopped process may wake up much later: between this look at the clock and the first byte is one call
        send = self._sock.sendall
        if clock.monotonic() >= not_after:
            raise NotSent("too_late", "the time to send this is over")
        try:
            send(message)
            answer = HTTPResponse(_Timed(self._sock, deadline), method=method)  # type: ignore[arg-type]  # all it needs
            answer.begin()
            text = answer.read(MAX_BYTES).decode("utf-8", "replace")
        except (OSError, HTTPException) as error:
            raise MaybeSent(
                _why(error), "the carrier did not answer; the request may have reached it"
            ) from error
        self.is_reusable = not answer.will_close and answer.isclosed()
        self._since = clock.monotonic()
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


def connect(host: str, port: int, tls: ssl.SSLContext | None, deadline: float) -> Connection:
    """A fresh connection. Raises NotSent."""
    sock = None
    try:
        sock = socket.create_connection((host, port), timeout=CONNECT_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            sock = tls.wrap_socket(sock, server_hostname=host)
    except (OSError, UnicodeError) as error:
        if sock:
            sock.close()
        raise NotSent(
            _why(error), f"the carrier at {host} cannot be reached; check its address and the network"
        ) from error
    connection = Connection(sock)
    if clock.monotonic() > deadline:
        raise NotSent("timeout", f"connecting to the carrier at {host} took too long")
    return connection


def authorities() -> ssl.SSLContext:
    """Whom to believe: the system's certificate authorities, and where it has none those of certifi."""
    context = ssl.create_default_context()
    if not context.get_ca_certs():
        context.load_verify_locations(certifi.where())
    return context


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
