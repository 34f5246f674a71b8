"""Says what to do about a field that does not fit, in place of the validator's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.language.nodes import NODES

CODES = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "union_tag_not_found": "kind_missing",
    "union_tag_invalid": "kind_unknown",
}
SHAPES = {
    r"^[a-z][a-z0-9_]{0,31}$": "use small letters, digits and _, 32 at most, a letter first",
    r"^[a-z]{2,3}$": "write a language as two or three small letters, such as en or zh",
    r"^[a-z0-9][a-z0-9_.-]{0,63}$": "write the name of an uploaded prompt, such as greeting_en",
    r"^[0-9*#]$": "a key is one of 0 to 9, * or #, in quotes",
    r"^[1-9]$": "a key is one of 1 to 9, in quotes",
    r"^[a-z0-9_]{1,32}$": "use small letters, digits and _, 32 at most",
    r"^(\+[1-9][0-9]{6,14}|\{\{ *[a-z][a-z0-9_]{0,31} *\}\})$": (
        'write a number like "+14155550123", or one variable like "{{ agent_number }}"'
    ),
    r"^[A-Za-z0-9.-]{0,64}$": "write the voice as the carrier names it, such as Polly.Joanna-Neural",
    r"^[A-Za-z0-9-]{0,16}$": "write a language tag such as en-US",
}


def code_of(fault: Mapping[str, Any]) -> str:
    """Our word for the validator's *fault*."""
    return CODES.get(fault["type"], "field_wrong")


def remedy(field: str, fault: Mapping[str, Any]) -> str:
    """What to do about *field*."""
    match code_of(fault):
        case "field_missing":
            return f"add {field}"
        case "field_unknown":
            return f"remove {field}; there is no such field here"
        case "kind_missing":
            return f"add kind, one of {' '.join(NODES)}"
        case "kind_unknown":
            return f"this kind does not exist; use one of {' '.join(NODES)}"
    shape = SHAPES.get(fault.get("ctx", {}).get("pattern", ""))
    wrong = shape or fault["msg"].removeprefix("Value error, ")
    said = wrong[:1].lower() + wrong[1:]
    return f"{field}: {said}" if field else said
