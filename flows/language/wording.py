"""Lint: what is said exists in every language, is well-formed, fits the carrier, and is short enough to listen to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.sentences import Sentence
from flows.language import text
from flows.language.finding import Finding
from flows.language.flow import Flow
from flows.language.nodes import AnyNode, Writing
from flows.language.nodes.speech import SpeechNode
from flows.language.phrases import PHRASES
from flows.language.prompt import Spoken
from flows.language.rules import Rules

LADDERS = ("no_input", "no_match", "no_entry", "bad_entry", "nothing_recorded")


def check(flow: Flow, rules: Rules) -> Iterator[Finding]:
    """Findings about the texts of *flow*."""
    for name, node in flow.nodes.items():
        for field, spoken in node.texts().items():
            complete = node.kind != "language"
            yield from _languages(flow, name, field, spoken, complete)
            for lang, parts in spoken.items():
                for part in parts:
                    if isinstance(part, str):
                        yield from _template(flow, name, f"{field} in {lang}", part)
                        yield from _length(flow, name, f"{field} in {lang}", part, lang, rules)
        for field, lang, template in ladders(node):
            yield from _template(flow, name, f"{field} in {lang}", template)
            if lang not in flow.languages:
                yield _unknown_language(flow, name, field, lang)
        for template in _unspoken(node):
            yield from _written(flow, name, template)
        if node.kind == "speech":
            yield from _recognised(flow, name, node)
        if node.kind == "sms" or node.kind == "fax":
            yield from _sent(flow, name, node.written())
    yield from _phrases(flow)


def ladders(node: AnyNode) -> Iterator[tuple[str, str, str]]:
    """(field, language, text) of the node's own words for failures."""
    for field in LADDERS:
        for lang, said in (getattr(node, field, None) or {}).items():
            for template in said:
                yield field, lang, template


def templates(flow: Flow) -> Iterator[tuple[str, str]]:
    """(node, template) for everything that may hold a placeholder."""
    for name, node in flow.nodes.items():
        for spoken in node.texts().values():
            for parts in spoken.values():
                yield from ((name, part) for part in parts if isinstance(part, str))
        yield from ((name, template) for _, _, template in ladders(node))
        if isinstance(node, Writing):
            yield from ((name, template) for template in node.writes())
    for ladder in flow.texts.values():
        for said in ladder.values():
            yield from (("", template) for template in said)


def _languages(flow: Flow, name: str, field: str, spoken: Spoken, complete: bool) -> Iterator[Finding]:
    for lang in flow.languages:
        if complete and lang not in spoken:
            yield Finding(
                flow.name,
                name,
                "error",
                "text_missing",
                Sentence("{field}: write it in {lang} too", field=field, lang=lang),
            )
    for lang in spoken:
        if lang not in flow.languages:
            yield _unknown_language(flow, name, field, lang)


def _unknown_language(flow: Flow, name: str, field: str, lang: str) -> Finding:
    message = Sentence(
        "{field}: {lang} is not among the flow's languages; add it there or remove the text",
        field=field,
        lang=lang,
    )
    return Finding(flow.name, name, "error", "language_unknown", message)


def _recognised(flow: Flow, name: str, node: SpeechNode) -> Iterator[Finding]:
    """What is said by callers exists in every language, and the carrier recognises that language."""
    for key, option in node.options.items():
        for lang in flow.languages:
            if lang not in option.says:
                message = Sentence(
                    "options.{key}.says: write what people say in {lang} too", key=key, lang=lang
                )
                yield Finding(flow.name, name, "error", "text_missing", message)
        for lang in option.says:
            if lang not in flow.languages:
                yield _unknown_language(flow, name, f"options.{key}.says", lang)
    for lang in flow.languages:
        if not flow.voice(lang).hears:
            message = Sentence(
                "languages.{lang}: name the tag its speech is recognised by under hears", lang=lang
            )
            yield Finding(flow.name, name, "error", "hearing_missing", message)


def _sent(flow: Flow, name: str, written: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """What is sent exists in every language."""
    for lang in flow.languages:
        if lang not in written:
            yield Finding(
                flow.name,
                name,
                "error",
                "text_missing",
                Sentence("write what is sent in {lang} too", lang=lang),
            )
    for lang in written:
        if lang not in flow.languages:
            yield _unknown_language(flow, name, "what is sent", lang)


def _unspoken(node: AnyNode) -> tuple[str, ...]:
    """Templates that are kept, dialled, sent or compared."""
    written = node.writes() if isinstance(node, Writing) else ()
    return (*written, *node.proofs()) if node.kind == "verify" else written


def _written(flow: Flow, name: str, template: str) -> Iterator[Finding]:
    if not text.is_well_formed(template):
        message = Sentence(
            "{place}: a placeholder is {{{{ name }}}} with a plain name; mend the braces",
            place=repr(template[:40]),
        )
        yield Finding(flow.name, name, "error", "placeholder_broken", message)


def _template(flow: Flow, name: str, place: str, template: str) -> Iterator[Finding]:
    if not text.plain(template):
        message = Sentence("{place}: there is nothing to say; write a text", place=place)
        yield Finding(flow.name, name, "error", "text_empty", message)
    if not text.is_well_formed(template):
        message = Sentence(
            "{place}: a placeholder is {{{{ name }}}} with a plain name; mend the braces", place=place
        )
        yield Finding(flow.name, name, "error", "placeholder_broken", message)
    for sentence in text.sentences(_at_worst(flow, template)):
        if len(text.split_for_say(sentence)) > 1:
            message = Sentence(
                "{place}: a sentence is longer than the carrier reads at once; divide it", place=place
            )
            yield Finding(flow.name, name, "error", "sentence_too_long", message)


def _at_worst(flow: Flow, template: str) -> str:
    """*template* with its variables as long as they may be, in characters of three bytes."""

    def longest(name: str) -> str:
        declared = flow.variables.get(name)
        return "例" * declared.max_length if declared else ""

    return text.fill(template, longest)


def _length(flow: Flow, name: str, place: str, said: str, lang: str, rules: Rules) -> Iterator[Finding]:
    takes = text.seconds(said, lang)
    if takes > rules.prompt_s:
        message = Sentence(
            "{place}: takes about {takes:.0f} s, people listen for {prompt_s:.0f}; say less at once",
            place=place,
            takes=takes,
            prompt_s=rules.prompt_s,
        )
        yield Finding(flow.name, name, "warning", "prompt_long", message)


def _phrases(flow: Flow) -> Iterator[Finding]:
    for phrase, shipped in PHRASES.items():
        mine = flow.texts.get(phrase, {})
        for lang in flow.languages:
            if lang not in mine and lang not in shipped:
                message = Sentence(
                    "texts.{phrase}: write it in {lang}; nothing is shipped in that language",
                    phrase=phrase,
                    lang=lang,
                )
                yield Finding(flow.name, "", "error", "phrase_missing", message)
        for lang, said in mine.items():
            if lang not in flow.languages:
                yield _unknown_language(flow, "", f"texts.{phrase}", lang)
            for template in said:
                yield from _template(flow, "", f"texts.{phrase} in {lang}", template)
    for lang in flow.languages:
        if not flow.voice(lang).voice:
            message = Sentence("languages.{lang}: name a voice; none is shipped for it", lang=lang)
            yield Finding(flow.name, "", "error", "voice_missing", message)
