from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language.context import Context, Decision
from flows.language.prompt import Audio, Clip, Lang, Name, Spoken
from flows.language.turn import Answer


class PlayNode(BaseModel):
    """
    Plays an uploaded prompt, one for each language, and goes on.

        jingle:
          kind: play
          audio: {en: welcome_en, zh: welcome_zh}
          next: main
    """

    KIND: ClassVar = "play"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["play"]
    audio: Annotated[dict[Lang, Audio], Field(min_length=1)]
    next: Name

    def exits(self) -> dict[str, str]:
        return {"next": self.next}

    def texts(self) -> dict[str, Spoken]:
        return {"audio": {lang: (Clip(play=audio),) for lang, audio in self.audio.items()}}

    def enter(self, ctx: Context) -> Decision:
        return Decision(ctx.speak(self.texts()["audio"]), goto=self.next)

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return self.enter(ctx)
