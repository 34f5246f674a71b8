"""Deleting recordings where they are kept: at the voice carrier."""

from __future__ import annotations

import base64
from urllib.error import HTTPError, URLError
from urllib.request import Request, build_opener

from core.carriers import RECORDINGS
from core.config import Config
from core.errors import Unavailable
from ivr.voicemail import FETCH_TIMEOUT_S, RECORDING, NoRedirect

GONE = 404


def delete(config: Config, recording_id: str) -> None:
    """
    Have the carrier delete a recording of ours; one it does not have is deleted. Only the id is taken from what a webhook said.

    Raises Unavailable if the carrier does not do so now.
    """
    if not RECORDING.fullmatch(recording_id):
        return
    base, account, token = RECORDINGS[config.voice_carrier](config)
    url = f"{base.rstrip('/')}/2010-04-01/Accounts/{account}/Recordings/{recording_id}.json"
    credentials = base64.b64encode(f"{account}:{token}".encode()).decode()
    wanted = Request(url, headers={"Authorization": f"Basic {credentials}"}, method="DELETE")  # noqa: S310  # scheme checked by Config
    try:
        with build_opener(NoRedirect()).open(wanted, timeout=FETCH_TIMEOUT_S):
            return
    except HTTPError as error:
        error.close()
        if error.code != GONE:
            raise Unavailable("carrier_refused", "the carrier answered {code}", code=error.code) from error
    except (URLError, OSError) as error:
        raise Unavailable("carrier_away", "the carrier does not answer; it is tried again") from error
