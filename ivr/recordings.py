"""Recordings where they are kept, at the voice carrier: fetching and deleting them."""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from core.carriers import RECORDINGS
from core.config import Config
from core.errors import NotFound, Unavailable

GONE = 404
MAX_BYTES = 20_000_000
TIMEOUT_S = 15
WAV = ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave")
ID = re.compile(r"RE[0-9a-f]{32}")


def fetch(config: Config, recording_id: str) -> bytes:
    """
    A recording as a WAV file, fetched from the account's own at the voice carrier and from nowhere else.

    Only the recording's id is taken from what the webhook said, never its address. Raises NotFound or Unavailable.
    """
    if not ID.fullmatch(recording_id):
        raise NotFound("no_recording", "the carrier has no such recording")
    try:
        with _open(config, f"{recording_id}.wav", "GET") as answer:
            content: bytes = answer.read(MAX_BYTES + 1)
            media_type = answer.headers.get_content_type()
    except (URLError, OSError) as error:
        if getattr(error, "code", None) == GONE:
            raise NotFound("no_recording", "the carrier has deleted this recording") from error
        raise Unavailable(
            "carrier_away", "the carrier does not hand out the recording just now; try again"
        ) from error
    if len(content) > MAX_BYTES or media_type not in WAV:
        raise Unavailable("not_audio", "what the carrier handed out is no recording we can play")
    return content


def delete(config: Config, recording_id: str) -> None:
    """
    Have the carrier delete a recording of ours; one it does not have is deleted. Only the id is taken from what a webhook said.

    Raises Unavailable if the carrier does not do so now.
    """
    if not ID.fullmatch(recording_id):
        return
    try:
        with _open(config, f"{recording_id}.json", "DELETE"):
            return
    except HTTPError as error:
        error.close()
        if error.code != GONE:
            raise Unavailable("carrier_refused", "the carrier answered {code}", code=error.code) from error
    except (URLError, OSError) as error:
        raise Unavailable("carrier_away", "the carrier does not answer; it is tried again") from error


def _open(config: Config, name: str, method: str) -> Any:
    base, account, token = RECORDINGS[config.voice_carrier](config)
    url = f"{base.rstrip('/')}/2010-04-01/Accounts/{account}/Recordings/{name}"
    credentials = base64.b64encode(f"{account}:{token}".encode()).decode()
    wanted = Request(url, headers={"Authorization": f"Basic {credentials}"}, method=method)  # noqa: S310  # scheme checked by Config
    return build_opener(_NoRedirect()).open(wanted, timeout=TIMEOUT_S)


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would lead the credentials elsewhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
