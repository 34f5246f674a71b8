from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language.context import Context, Decision
from flows.language.prompt import Lang, Name, Number, Spoken, Template
from flows.language.turn import Answer, Ask, Told


class SmsNode(BaseModel):
    """
    Texts the caller what they asked for.

        address:
          kind: sms
          message: {en: "{{ company }}: 12 Lake Road, Monday to Friday 9 to 6.", zh: "【{{ company }}】湖滨路12号，周一至周五9点至18点。"}
          text: {en: "The address is on its way to you.", zh: "地址已发送到您的手机。"}
          next: bye
          refused: say_it
          unavailable: say_it

    It goes to the number they call from, or to `number`; `refused` is where calls go whose number takes no texts, wants none,
    or has had enough today (E-1, E-10).
    """

    KIND: ClassVar = "sms"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["sms"]
    message: Annotated[dict[Lang, Annotated[Template, Field(max_length=600)]], Field(min_length=1)]
    number: Number = "{{ caller }}"
    text: Spoken | None = None
    next: Name
    refused: Name
    unavailable: Name

    def exits(self) -> dict[str, str]:
        return {"next": self.next, "refused": self.refused, "unavailable": self.unavailable}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text} if self.text else {}

    def writes(self) -> tuple[str, ...]:
        return (self.number, *self.message.values())

    def written(self) -> dict[str, tuple[str, ...]]:
        return {lang: (message,) for lang, message in self.message.items()}

    def enter(self, ctx: Context) -> Decision:
        if not ctx.facts.available:
            return Decision(goto=self.unavailable)
        body = ctx.in_language(self.message)
        return Decision(asks=Ask("sms", {"number": ctx.write(self.number), "text": ctx.write(body)}))

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        if isinstance(answer, Told):
            return Decision(ctx.speak(self.text) if self.text else (), goto=self.next)
        return Decision(goto=self.refused)
