"""Every public URL we hand to a carrier, and the signatures on those that serve a document."""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

from core.errors import Forbidden
from core.runtime import Runtime

SUFFIX = {"application/pdf": "pdf", "image/tiff": "tiff"}
# carriers fetch a document within minutes; a fax may wait in their queue for hours
LETTER_AGE_S = 24 * 3600


@dataclass(frozen=True)
class Links:
    """Makes URLs under *base* (no slash at its end), signing with the newest of *keys*."""

    base: str
    keys: tuple[str, ...]
    fax_media: str

    @classmethod
    def of(cls, runtime: Runtime) -> Links:
        """The links of this installation."""
        return cls(
            runtime.config.public_url.rstrip("/"), runtime.config.keys, runtime.carriers["fax"].fax_media
        )

    def answer(self, token: str) -> str:
        """Asked when a call is answered."""
        return f"{self.base}/ivr/answer/{token}"

    def fallback(self) -> str:
        """Asked when that fails."""
        return f"{self.base}/ivr/fallback"

    def answered_by(self, token: str) -> str:
        """Told whether a person or a machine took a call."""
        return f"{self.base}/ivr/answered-by/{token}"

    def receipts(self, token: str, channel: str) -> str:
        """Told what became of an attempt."""
        return f"{self.base}/receipts/{token}/{channel}"

    def letter(self, token: str) -> str:
        """Serves the letter of a fax attempt to whoever holds this URL."""
        return f"{self.base}/media/letter/{self._serializer().dumps(token)}.{SUFFIX[self.fax_media]}"

    def opened(self, signed: str) -> str:
        """The attempt token in a letter's URL. Raises Forbidden if we did not sign it, or too long ago."""
        try:
            token: str = self._serializer().loads(signed, max_age=LETTER_AGE_S)
        except BadData:
            raise Forbidden("bad_link", "this link is not valid, or no longer") from None
        return token

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(list(reversed(self.keys)), salt="letter")
