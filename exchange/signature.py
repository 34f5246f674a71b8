"""Twilio's webhook signature.

base64(HMAC-SHA1(token, url + each parameter's key and value)), keys sorted, a key's values sorted and each counted
once; parameters only of form posts. The fragment of a URL is never signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urldefrag


def sign(token: str, url: str, params: Iterable[tuple[str, str]] = ()) -> str:
    """The value of X-Twilio-Signature for a request to *url* with form *params* (none for GET)."""
    text = urldefrag(url).url + "".join(key + value for key, value in sorted(set(params)))
    digest = hmac.digest(token.encode(), text.encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()
