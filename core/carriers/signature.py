"""
Whether a webhook was signed by who holds a token: Twilio's X-Twilio-Signature, HMAC-SHA1 over URL and form.

base64(HMAC-SHA1(token, url + each field's name and value)), names sorted, a field's values sorted and each counted
once; a GET has no form. Carriers are not agreed whether to sign a default port, so both ways are right.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

DEFAULT_PORTS = {"https": 443, "http": 80}


def is_signed(
    tokens: Iterable[str],
    names: Iterable[str],
    url: str,
    form: Mapping[str, Sequence[str]],
    headers: Mapping[str, str],
) -> bool:
    """Whether the first of the headers *names* that is there signs this request by one of *tokens*."""
    sent = {name.lower(): value for name, value in headers.items()}
    given = next((sent[name.lower()] for name in names if name.lower() in sent), "")
    if not given:
        return False
    fields = "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    wanted = [signature(token, text + fields) for token in tokens if token for text in _ways(url)]
    return any(hmac.compare_digest(given.encode("utf-8", "replace"), one) for one in wanted)


def signature(token: str, text: str) -> bytes:
    """The signature of *text*."""
    return b64encode(hmac.digest(token.encode(), text.encode("utf-8", "replace"), "sha1"))


def _ways(url: str) -> tuple[str, ...]:
    """*url* with and without a port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return (url,)
    if not parts.hostname:
        return (url,)
    host, _, _ = (
        parts.netloc.rpartition(":")
        if port
        else (f"{parts.netloc}:{DEFAULT_PORTS.get(parts.scheme, 80)}", "", "")
    )
    return url, url.replace(parts.netloc, host, 1)
