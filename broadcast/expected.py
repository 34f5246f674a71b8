"""
What a campaign expects to come back by text: which words mean what.

    answers: {yes: [1, yes, 好], no: [2, no]}      # a reply by SMS is one of these words, or something else
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import StringConstraints

from core.errors import Fault
from core.sentences import Sentence
from outbound.words import kind_of, word_of

AnswerName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
AnswerWord = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Answers = dict[AnswerName, list[AnswerWord]]
MAX_WORDS = 50


def problems(answers: Mapping[str, Sequence[str]]) -> list[Fault]:
    """What cannot be told apart, or has a meaning of its own that goes before any campaign's."""
    found, seen = [], dict[str, str]()
    for name, words in answers.items():
        if not words or len(words) > MAX_WORDS:
            said = Sentence("list 1 to {most} words, such as [1, yes]", most=MAX_WORDS)
            found.append(Fault(f"answers.{name}", "too_many", said))
        for word in words:
            plain = word_of(word)
            if not plain:
                said = Sentence("{word!r} has no letter or digit; enter a word", word=word)
            elif (kind := kind_of(word)) != "answer":
                said = Sentence("{word} always means {kind}; choose another word", word=word, kind=kind)
            elif (other := seen.setdefault(plain, name)) != name:
                said = Sentence(
                    "{word} is an answer of {other} already; remove it from one", word=word, other=other
                )
            else:
                continue
            found.append(Fault(f"answers.{name}", "ambiguous", said))
    return found


def by_word(answers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Each word, as texts are compared, with the answer it gives."""
    return {word_of(word): name for name, words in answers.items() for word in words}
