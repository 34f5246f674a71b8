"""Lint: every prompt that is played has been uploaded, or written, in the language it is played in."""

from __future__ import annotations

from collections.abc import Iterator

from flows.language.finding import Finding
from flows.language.flow import Flow
from flows.language.prompt import Clip
from flows.language.rules import Rules


def check(flow: Flow, rules: Rules) -> Iterator[Finding]:
    """Findings about prompts, where it is known which there are."""
    if rules.prompts is None:
        return
    for name, node in flow.nodes.items():
        played = {
            (part.play, lang)
            for spoken in node.texts().values()
            for lang, parts in spoken.items()
            for part in parts
            if isinstance(part, Clip)
        }
        for audio, lang in sorted(played - rules.prompts):
            message = f"callers would hear nothing: there is no prompt {audio} in {lang}; upload it or write its text"
            yield Finding(flow.name, name, "error", "prompt_missing", message)
