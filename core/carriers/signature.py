"""
Whether a webhook was signed by who holds a token: Twilio's X-Twilio-Signature, HMAC-SHA1 over URL and form.

base64(HMAC-SHA1(token, url + each field's name and value)), names sorted, a field's values sorted and each counted
once; a GET has no form. Carriers are not agreed whether to sign a default port, so both ways are right.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

DEFAULT_PORTS = {"https": 443, "http": 80}


class Headers(Protocol):
    """A request's headers: they answer to their names in any case."""

    def get(self, name: str, /) -> str | None: ...


def is_signed(
    tokens: Iterable[str],
    names: Iterable[str],
    url: str,
    form: Mapping[str, Sequence[str]],
    headers: Headers,
) -> bool:
    """Whether the first of the headers *names* that is there signs this request by one of *tokens*."""
    given = next((value for name in names if (value := headers.get(name)) is not None), "")
    if not given:
        return False
    sent = given.encode("utf-8", "replace")
    fields = "".join([name + value for name in sorted(form) for value in sorted(set(form[name]))])
    wanted = (signature(token, text + fields) for text in _ways(url) for token in tokens if token)
    return any(hmac.compare_digest(sent, one) for one in wanted)


def signature(token: str, text: str) -> bytes:
    """The signature of *text*."""
    return b64encode(hmac.digest(token.encode(), text.encode("utf-8", "replace"), "sha1"))


def _ways(url: str) -> Iterator[str]:
    """*url* as it is, which is nearly always right, then without its port or with the default one."""
    yield url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return
    if not parts.hostname:
        return
    host, _, _ = (
        parts.netloc.rpartition(":")
        if port
        else (f"{parts.netloc}:{DEFAULT_PORTS.get(parts.scheme, 80)}", "", "")
    )
    yield url.replace(parts.netloc, host, 1)
