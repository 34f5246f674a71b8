"""Says what to do about a field that does not fit, in place of the validator's own words."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_core import ErrorDetails

from core.fields import said
from core.sentences import Sentence
from flows.language.nodes import NODES

CODES = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "union_tag_not_found": "kind_missing",
    "union_tag_invalid": "kind_unknown",
}
SHAPES: Mapping[str, Sentence] = {
    r"^[a-z][a-z0-9_]{0,31}$": Sentence("use small letters, digits and _, 32 at most, a letter first"),
    r"^[a-z]{2,3}$": Sentence("write a language as two or three small letters, such as en or zh"),
    r"^[a-z0-9][a-z0-9_.-]{0,63}$": Sentence("write the name of an uploaded prompt, such as greeting_en"),
    r"^[0-9*#]$": Sentence("a key is one of 0 to 9, * or #, in quotes"),
    r"^[1-9]$": Sentence("a key is one of 1 to 9, in quotes"),
    r"^[a-z0-9_]{1,32}$": Sentence("use small letters, digits and _, 32 at most"),
    r"^(\+[1-9][0-9]{6,14}|\{\{ *[a-z][a-z0-9_]{0,31} *\}\})$": Sentence(
        'write a number like "+14155550123", or one variable like "{{ agent_number }}"'
    ),
    r"^[A-Za-z0-9.-]{0,64}$": Sentence(
        "write the voice as the carrier names it, such as Polly.Joanna-Neural"
    ),
    r"^[A-Za-z0-9-]{0,16}$": Sentence("write a language tag such as en-US"),
}


def code_of(fault: ErrorDetails) -> str:
    """Our word for the validator's *fault*."""
    return CODES.get(fault["type"], "field_wrong")


def remedy(field: str, fault: ErrorDetails) -> Sentence:
    """What to do about *field*."""
    match code_of(fault):
        case "field_missing":
            return Sentence("add {field}", field=field)
        case "field_unknown":
            return Sentence("remove {field}; there is no such field here", field=field)
        case "kind_missing":
            return Sentence("add kind, one of {kinds}", kinds=NODES)
        case "kind_unknown":
            return Sentence("this kind does not exist; use one of {kinds}", kinds=NODES)
    wrong = SHAPES.get(fault.get("ctx", {}).get("pattern", "")) or said(fault)
    return Sentence("{field}: {said}", field=field, said=wrong) if field else wrong
