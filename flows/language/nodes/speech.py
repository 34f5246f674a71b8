from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.sentences import Sentence
from flows.language import asking, recognition
from flows.language.context import Context, Decision
from flows.language.nodes.menu import Key
from flows.language.prompt import Escalating, Lang, Name, Spoken
from flows.language.turn import Answer, Digits, Gather, Heard

Phrase = Annotated[str, Field(min_length=1, max_length=100)]


class SpeechOption(BaseModel):
    """One choice: its key, and what people say who want it. *value* is what is kept as the answer, the key if not given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Spoken | None = None
    says: Annotated[
        dict[Lang, Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=50)]], Field(min_length=1)
    ]
    next: Name
    value: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")] | None = None


class SpeechNode(BaseModel):
    """
    A menu that listens to words, too. Every choice has a key as well: speech is never the only way.

        wish:
          kind: speech
          text: {en: "How can we help?", zh: "请问您需要什么服务？"}
          options:
            "1":
              text: {en: "Say repair, or press 1.", zh: "维修请说维修，或按1。"}
              says: {en: [repair, broken], zh: [维修, 坏了]}
              next: repair
          otherwise: agent

    The choice whose phrase is heard wins, of two the longer phrase; two of the same length, or a doubtful recognition,
    count as not understood. Keys of the flow's `anywhere` work, `*` repeats, and `0` leads to its `person`.
    """

    KIND: ClassVar = "speech"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["speech"]
    text: Spoken | None = None
    options: Annotated[dict[Key, SpeechOption], Field(min_length=1)]
    otherwise: Name
    answer: Name | None = None
    tries: Annotated[int, Field(ge=1, le=5)] = 3
    timeout_s: Annotated[int, Field(ge=3, le=10)] = 5
    no_input: Escalating | None = None
    no_match: Escalating | None = None

    @model_validator(mode="after")
    def _star_repeats(self) -> SpeechNode:
        if "*" in self.options:
            raise ValueError(Sentence("options.*: star repeats the question here; choose another key"))
        return self

    def exits(self) -> dict[str, str]:
        return {**{f"key {key}": one.next for key, one in self.options.items()}, "otherwise": self.otherwise}

    def texts(self) -> dict[str, Spoken]:
        return asking.offers(self.text, self.options)

    def enter(self, ctx: Context) -> Decision:
        texts = (self.text, *(option.text for option in self.options.values()))
        spoken = tuple(part for text in texts if text for part in ctx.speak(text))
        hints = tuple(phrase for phrases in self._phrases(ctx.state.lang).values() for phrase in phrases)
        listening = Gather(spoken, 1, "", self.timeout_s, speech=ctx.state.lang, hints=hints)
        return Decision((listening,), waits_for="speech")

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        match answer:
            case Heard(text, confidence):
                key = recognition.chosen(text, confidence, self._phrases(ctx.state.lang))
            case Digits(""):
                return self._failed(ctx, "no_input")
            case Digits(text):
                key = text
            case _:
                key = None
        if key is not None and (decision := asking.chosen(ctx, self.options, key, self.answer, self.enter)):
            return decision
        return self._failed(ctx, "no_match")

    def _phrases(self, lang: str) -> dict[str, tuple[str, ...]]:
        return {key: option.says.get(lang, ()) for key, option in self.options.items()}

    def _failed(self, ctx: Context, phrase: Literal["no_input", "no_match"]) -> Decision:
        own = self.no_input if phrase == "no_input" else self.no_match
        return asking.failed(ctx, phrase, own, self.tries, self.otherwise, self.enter)
