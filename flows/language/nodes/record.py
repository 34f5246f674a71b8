from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language import asking
from flows.language.context import Context, Decision
from flows.language.prompt import Escalating, Name, Spoken
from flows.language.turn import Answer, Effect, Record, Recorded


class RecordNode(BaseModel):
    """
    Takes a message into a voice-mail box; if nothing is said, asks again and then goes `otherwise`.

        message:
          kind: record
          box: after_sales
          text: {en: "Please speak after the tone, then press the pound key.", zh: "请在提示音后留言，按井号键结束。"}
          max_length_s: 120
          next: thanks
          otherwise: bye
    """

    KIND: ClassVar = "record"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["record"]
    box: Name
    text: Spoken
    max_length_s: Annotated[int, Field(ge=5, le=300)] = 120
    silence_s: Annotated[int, Field(ge=2, le=10)] = 5
    finish_on_key: Literal["#", "*"] = "#"
    beep: bool = True
    next: Name
    otherwise: Name
    tries: Annotated[int, Field(ge=1, le=3)] = 2
    nothing_recorded: Escalating | None = None

    def exits(self) -> dict[str, str]:
        return {"next": self.next, "otherwise": self.otherwise}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text}

    def enter(self, ctx: Context) -> Decision:
        record = Record(self.max_length_s, self.silence_s, self.finish_on_key, self.beep)
        return Decision((*ctx.speak(self.text), record), waits_for="recording")

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        if isinstance(answer, Recorded) and answer.url and answer.duration_s > 0:
            data = {"box": self.box, "url": answer.url, "duration_s": str(answer.duration_s)}
            return Decision(effects=(Effect("message_left", data),), goto=self.next)
        own = self.nothing_recorded
        return asking.failed(ctx, "nothing_recorded", own, self.tries, self.otherwise, self.enter)
