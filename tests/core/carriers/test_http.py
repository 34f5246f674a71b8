from __future__ import annotations

import logging
import socket
import ssl
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from core import clock
from core.carriers.base import Accepted, SendResult, Text, Unavailable, Unknown
from core.carriers.exchange import Exchange
from core.config import Config
from tests.core.carriers.raw_server import Behaviour, RawServer, answer, read_request

CREATED = answer("201 Created", '{"sid": "SM1", "status": "queued"}')
TEXT = Text("+14155550123", "+18005550100", "你好 & welcome", "http://127.0.0.1:8000/receipts/t/sms")
Start = Callable[[Behaviour], RawServer]


def carrier_at(url: str, **more: object) -> Exchange:
    return Exchange(Config(exchange_url=url, **more))  # type: ignore[arg-type]


def closes_at_once(connection: socket.socket) -> None:
    read_request(connection)


def resets(connection: socket.socket) -> None:
    read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def never_answers(connection: socket.socket) -> None:
    read_request(connection)
    connection.recv(1)


def trickles(connection: socket.socket) -> None:
    read_request(connection)
    for byte in CREATED:
        connection.sendall(bytes([byte]))
        time.sleep(0.2)


def stops_half_way(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(CREATED[:-20])


def talks_nonsense(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def answers_a_page(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(answer("200 OK", "<html>Welcome to the hotel Wi-Fi</html>"))


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        pytest.param(closes_at_once, "connection_lost", id="closed after the request"),
        pytest.param(resets, "connection_lost", id="reset after the request"),
        pytest.param(never_answers, "timeout", id="no answer in time"),
        pytest.param(trickles, "timeout", id="an answer of five bytes a second"),
        pytest.param(stops_half_way, "no_sid", id="half an answer"),
        pytest.param(talks_nonsense, "bad_answer", id="something that is not HTTP"),
        pytest.param(answers_a_page, "no_sid", id="a page of somebody else"),
    ],
)
def test_what_fails_after_the_request_left_is_unknown(
    behave: Behaviour, reason: str, raw_server: Start
) -> None:
    began = time.monotonic()
    assert carrier_at(raw_server(behave).url, http_timeout_s=1).send(TEXT) == Unknown(reason)
    assert time.monotonic() - began < 10


def hangs_up_on_hello(connection: socket.socket) -> None:
    connection.recv(5)


def test_what_fails_before_the_request_left_is_surely_not_sent(raw_server: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed_port = listener.getsockname()[1]
    assert carrier_at(f"http://127.0.0.1:{closed_port}").send(TEXT) == Unavailable("connect_refused")
    assert carrier_at("http://carrier.invalid").send(TEXT) == Unavailable("dns")
    assert carrier_at(f"http://{'a' * 70}.invalid").send(TEXT) == Unavailable("dns")
    no_tls = raw_server(hangs_up_on_hello).url.replace("http:", "https:")
    result = carrier_at(no_tls).send(TEXT)
    assert isinstance(result, Unavailable)
    assert result.code in ("tls", "connection_lost")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A fresh certificate for localhost that nobody vouches for, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    builder = builder.not_valid_before(clock.real() - timedelta(days=1))
    builder = builder.not_valid_after(clock.real() + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(private + builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    return str(path)


class Secured:
    """Answers by TLS, *slow_s* after the connection was made; remembers what it heard."""

    def __init__(self, certificate: str, slow_s: float = 0.0) -> None:
        self.heard: list[bytes] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._slow_s = slow_s

    def __call__(self, connection: socket.socket) -> None:
        time.sleep(self._slow_s)
        with self._context.wrap_socket(connection, server_side=True) as wrapped:
            self.heard.append(read_request(wrapped))
            wrapped.sendall(CREATED)


def by_tls(server: RawServer) -> str:
    return server.url.replace("http://127.0.0.1", "https://localhost")


def test_a_certificate_nobody_vouches_for_is_refused_before_anything_is_said(
    raw_server: Start, certificate: str
) -> None:
    server = Secured(certificate)
    assert carrier_at(by_tls(raw_server(server))).send(TEXT) == Unavailable("tls")
    assert not any(server.heard)


def test_a_certificate_the_system_vouches_for_will_do(
    raw_server: Start, certificate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    assert carrier_at(by_tls(raw_server(Secured(certificate)))).send(TEXT) == Accepted("SM1", "queued")


def test_a_connection_too_slowly_made_is_not_sent_on(
    raw_server: Start, certificate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    server = Secured(certificate, slow_s=0.3)
    carrier = carrier_at(by_tls(raw_server(server)))
    assert carrier.send(TEXT, clock.monotonic() + 0.1) == Unavailable("too_late", 0.0, "recipient")
    assert not any(server.heard)


class Counting:
    """Answers every request; remembers them and how many connections it saw."""

    def __init__(self, close_after: int = 1000) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._close_after = close_after

    def __call__(self, connection: socket.socket) -> None:
        self.connections += 1
        for _ in range(self._close_after):
            request = read_request(connection)
            if not request:
                return
            self.requests.append(request)
            connection.sendall(CREATED)


def test_a_time_to_send_that_is_over_lets_nothing_out(raw_server: Start) -> None:
    server = Counting()
    carrier = carrier_at(raw_server(server).url)
    assert carrier.send(TEXT, clock.monotonic() + 10) == Accepted("SM1", "queued")
    assert carrier.send(TEXT, clock.monotonic()) == Unavailable("too_late", 0.0, "recipient")
    assert carrier.send(TEXT, clock.monotonic() + 10) == Accepted("SM1", "queued")
    assert len(server.requests) == 2


def test_connections_are_kept_and_shared_by_threads(raw_server: Start) -> None:
    server = Counting()
    carrier = carrier_at(raw_server(server).url, send_threads=4)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: carrier.send(TEXT), range(40)))
    assert results == [Accepted("SM1", "queued")] * 40
    assert len(server.requests) == 40
    assert server.connections <= 4


def test_a_connection_the_carrier_closed_meanwhile_is_not_used_again(raw_server: Start) -> None:
    server = Counting(close_after=1)
    carrier = carrier_at(raw_server(server).url)
    for sent in range(1, 6):
        assert carrier.send(TEXT) == Accepted("SM1", "queued")
        wait_until(lambda sent=sent: server.connections == sent)
        wait_until(lambda: not carrier._account._http._idle[-1].is_fresh())
    assert server.connections == 5


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_redirect_is_not_followed_and_a_failed_post_not_repeated(raw_server: Start) -> None:
    asked = []

    def redirects(connection: socket.socket) -> None:
        asked.append(read_request(connection))
        connection.sendall(answer("307 Temporary Redirect", "", "Location: /elsewhere", "Connection: close"))

    def breaks(connection: socket.socket) -> None:
        asked.append(read_request(connection))

    assert carrier_at(raw_server(redirects).url).send(TEXT) == Unknown("http_307")
    assert len(asked) == 1
    assert isinstance(carrier_at(raw_server(breaks).url).send(TEXT), Unknown)
    assert len(asked) == 2


def test_nothing_of_a_request_is_logged(raw_server: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    carrier = carrier_at(raw_server(Counting()).url, exchange_auth_token="top-secret")
    assert carrier.send(TEXT) == Accepted("SM1", "queued")
    assert not [word for word in ("4155550123", "top-secret", "welcome", "dG9w") if word in caplog.text]


def test_a_base_with_a_path_and_the_account_are_in_the_request(raw_server: Start) -> None:
    server = Counting()
    result: SendResult = carrier_at(raw_server(server).url + "/behind/a/proxy/").send(TEXT)
    assert result == Accepted("SM1", "queued")
    first = server.requests[0].split(b"\r\n")[0].decode()
    assert first == f"POST /behind/a/proxy/2010-04-01/Accounts/AC{'0' * 31}1/Messages.json HTTP/1.1"
    assert b"Body=%E4%BD%A0%E5%A5%BD+%26+welcome" in server.requests[0]
    assert b"User-Agent: twilio-python/" in server.requests[0]
