"""Servers to send to: some that misbehave in one exact way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.core.carriers.raw_server import Behaviour, RawServer


@pytest.fixture
def raw_server() -> Iterator[Callable[[Behaviour], RawServer]]:
    """Start a RawServer."""
    servers: list[RawServer] = []

    def start(behave: Behaviour) -> RawServer:
        servers.append(RawServer(behave))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
