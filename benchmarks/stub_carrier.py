"""
The least a carrier can be: answers every POST as Twilio answers a new message, 20 ms later (or what --latency-ms says).

Asked for a text it says that it was delivered. With --count it keeps whom it was asked to text, and GET /counted says
{"sent": requests, "twice": those for a number it had before}.

    python -m benchmarks.stub_carrier --port 9100      # prints its port when it listens; 0 chooses a free one

Written on bare asyncio streams of bytes, so that on a small machine the senders are measured and not the stub.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

LATENCY_S = 0.02
ANSWER = {
    "sid": "SM%032x",
    "account_sid": "AC00000000000000000000000000000001",
    "messaging_service_sid": None,
    "to": "+14155550123",
    "from": "+18005550100",
    "body": "Your appointment is tomorrow at nine. Reply STOP to opt out.",
    "status": "queued",
    "direction": "outbound-api",
    "num_segments": "1",
    "num_media": "0",
    "date_created": "Sun, 22 Nov 2026 09:00:00 +0000",
    "date_updated": "Sun, 22 Nov 2026 09:00:00 +0000",
    "date_sent": None,
    "error_code": None,
    "error_message": None,
    "price": None,
    "price_unit": "USD",
    "api_version": "2010-04-01",
    "uri": "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages/SM%032x.json",
    "subresource_uris": {
        "media": "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages/Media.json"
    },
}


def _response(status: str, body: Mapping[str, object]) -> str:
    """All of one but its two ids, which have one length."""
    text = json.dumps(body)
    length = len(text % (0, 0))
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{text}"


ACCEPTED = _response("201 CREATED", ANSWER)
DELIVERED = _response("200 OK", {**ANSWER, "status": "delivered"})

TO = re.compile(rb"[\n&]To=([^&]+)")
FETCHED = re.compile(rb"GET \S+/Messages/SM([0-9a-f]{32})\.json")


class Conversation(asyncio.Protocol):
    """One connection: as many requests as the client likes, one after another."""

    sids = itertools.count(1)
    latency_s = LATENCY_S
    texted: ClassVar[set[bytes] | None] = None
    sent = 0

    def __init__(self) -> None:
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while (length := request_length(self._got)) is not None and len(self._got) >= length:
            asked, self._got = self._got[:length], self._got[length:]
            if asked.startswith(b"GET /counted"):
                self._say_counts()
            else:
                asyncio.get_running_loop().call_later(self.latency_s, self._answer, self._answer_to(asked))

    def _say_counts(self) -> None:
        body = json.dumps({"sent": self.sent, "twice": self.sent - len(self.texted or ())})
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write((head + body).encode())

    def _answer_to(self, asked: bytes) -> str:
        """A new text, or one it had before; takes note of who is texted."""
        if fetched := FETCHED.match(asked):
            number = int(fetched[1], 16)
            return DELIVERED % (number, number)
        if self.texted is not None and (found := TO.search(asked)):
            Conversation.sent += 1
            self.texted.add(found[1])
        number = next(self.sids)
        return ACCEPTED % (number, number)

    def _answer(self, answer: str) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer.encode())


def request_length(got: bytes) -> int | None:
    """Bytes the first request in *got* has, head and body; None while its head is not all there."""
    head, end, _ = got.partition(b"\r\n\r\n")
    if not end:
        return None
    _, named, rest = head.lower().partition(b"\r\ncontent-length:")
    return len(head) + 4 + (int(rest.split(b"\r\n", 1)[0]) if named else 0)


@contextmanager
def running(*options: str) -> Iterator[int]:
    """One in a process of its own, which ends with this one even where that is killed; its port."""
    command = [sys.executable, "-m", "benchmarks.stub_carrier", "--port", "0", "--until-eof", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603  # our own
        try:
            assert process.stdout
            yield int(process.stdout.readline())
        finally:
            process.terminate()


async def serve(port: int, until_eof: bool = False) -> None:
    """Answer until killed; with *until_eof* no longer than somebody holds the other end of the standard input."""
    if until_eof:
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), os._exit, 0)
    server = await asyncio.get_running_loop().create_server(Conversation, "127.0.0.1", port, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description="A carrier that accepts everything after a moment.")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--latency-ms", type=float, default=1000 * LATENCY_S)
    parser.add_argument("--until-eof", action="store_true", help="end when the standard input does")
    chosen = parser.parse_args()
    Conversation.latency_s = chosen.latency_ms / 1000
    if chosen.count:
        Conversation.texted = set()
    asyncio.run(serve(chosen.port, chosen.until_eof))


if __name__ == "__main__":
    main()
