"""
Documents as calls get them. What two callers hear alike is rendered once: only the token in the addresses differs.

The token's place is held by a mark as long as the longest token, so that the size checked is the largest there can be.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial

from core.runtime import Runtime
from flows.language.flow import Flow
from flows.language.turn import Gather, Instruction, Play, Say
from ivr import audio, twiml
from ivr.token import MAX_CHARS
from ivr.twiml import Urls
from ivr.voices import Voices, voices_of

MARK = "call-token".ljust(MAX_CHARS, "_")
KEPT = 1024
log = logging.getLogger(__name__)


class Documents:
    """Renders turns for the calls of one web process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._voices: dict[str, Voices] = {}
        self._alike = lru_cache(KEPT)(self._marked)

    def document(self, flow: Flow, tenant_id: int, instructions: tuple[Instruction, ...], token: str) -> str:
        """What the carrier is to do in this turn of *flow*, and to ask next under *token*."""
        if flow.hash not in self._voices:
            self._voices[flow.hash] = voices_of(flow)
        # a prompt may be uploaded any time, so what plays one is rendered afresh
        render = self._marked if _plays(instructions) else self._alike
        return render(instructions, flow.hash, tenant_id).replace(MARK, token)

    def beside(self, flow: Flow, tenant_id: int, instructions: Sequence[Instruction], urls: Urls) -> str:
        """What a call of *flow* hears beside its turns, going on at *urls*."""
        return twiml.render(
            instructions, replace(urls, audio=partial(self._audio, tenant_id)), voices_of(flow)
        )

    def _marked(self, instructions: tuple[Instruction, ...], flow_hash: str, tenant_id: int) -> str:
        url = self._runtime.url
        urls = Urls(
            turn=url(f"/ivr/turn/{MARK}"),
            recorded=url(f"/ivr/recorded/{MARK}"),
            dialled=url(f"/ivr/dialled/{MARK}"),
            recording=url(f"/ivr/recording?call={MARK}"),
            proof=url(f"/ivr/proof?call={MARK}"),
            waiting=url(f"/ivr/queue/wait/{MARK}"),
            left=url(f"/ivr/queue/left/{MARK}"),
            room=url("/ivr/standby/room/"),
            audio=partial(self._audio, tenant_id),
        )
        return twiml.render(instructions, urls, self._voices[flow_hash])

    def _audio(self, tenant_id: int, play: Play) -> str | Say | None:
        if path := audio.path_of(self._runtime.config, tenant_id, play):
            return self._runtime.url(path)
        said = audio.read_aloud(self._runtime.config, tenant_id, play)
        if said is None:
            log.error("prompt %s is not there in %s; callers hear nothing", play.audio, play.lang)
        return said


def _plays(instructions: Sequence[Instruction]) -> bool:
    return any(
        isinstance(one, Play)
        or (isinstance(one, Gather) and any(isinstance(part, Play) for part in one.prompts))
        for one in instructions
    )
