"""Reads documents people write into pydantic models, and says field by field what to mend."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from core.characters import unfit_line
from core.errors import Fault
from core.sentences import Sentence

Shape = TypeVar("Shape", bound=BaseModel)
NUMBER = Sentence("enter a number")
WHOLE = Sentence("enter a whole number")
TRUTH = Sentence("enter true or false")
SOMETHING = Sentence("enter something here")
LIST = Sentence("enter a list, such as [autumn, spring]")
INSIDE = Sentence("enter fields here, such as in {text: Hello}")
DAY = Sentence("enter a day like 2026-12-31")
MOMENT = Sentence("enter day, time and zone, like 2026-12-31T17:30:00+08:00")
TIME = Sentence("enter a time of day like 17:30")
OTHERWISE = Sentence("this does not fit here; enter something else")
# what to enter, by the validator's word for what is wrong; the figures are the validator's too
SAID: Mapping[str, Sentence] = {
    "missing": Sentence("this field is missing"),
    "extra_forbidden": Sentence("there is no such field; remove it or mend its name"),
    "literal_error": Sentence("enter one of {words}"),
    "enum": Sentence("enter one of {words}"),
    "bool_type": TRUTH,
    "bool_parsing": TRUTH,
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "int_parsing_size": Sentence("enter a smaller number"),
    "finite_number": NUMBER,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "decimal_max_places": Sentence("enter at most {decimal_places} decimals"),
    "decimal_max_digits": Sentence("enter at most {max_digits} digits"),
    "decimal_whole_digits": Sentence("enter at most {whole_digits} digits before the point"),
    "greater_than": Sentence("enter more than {gt}"),
    "greater_than_equal": Sentence("enter {ge} or more"),
    "less_than": Sentence("enter less than {lt}"),
    "less_than_equal": Sentence("enter {le} or less"),
    "multiple_of": Sentence("enter a multiple of {multiple_of}"),
    "string_type": Sentence("enter a text"),
    "string_unicode": Sentence("remove the characters that are no text"),
    "string_too_short": SOMETHING,
    "string_too_long": Sentence("enter at most {max_length} characters"),
    "string_pattern_mismatch": OTHERWISE,
    "too_short": SOMETHING,
    "too_long": Sentence("enter at most {max_length}"),
    "list_type": LIST,
    "tuple_type": LIST,
    "set_type": LIST,
    "frozen_set_type": LIST,
    "dict_type": INSIDE,
    "mapping_type": INSIDE,
    "model_type": INSIDE,
    "model_attributes_type": INSIDE,
    "date_type": DAY,
    "date_parsing": DAY,
    "date_from_datetime_parsing": DAY,
    "date_from_datetime_inexact": DAY,
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_object_invalid": MOMENT,
    "datetime_from_date_parsing": MOMENT,
    "timezone_naive": MOMENT,
    "timezone_aware": MOMENT,
    "time_type": TIME,
    "time_parsing": TIME,
}
PATTERNS: Mapping[str, Sentence] = {
    "^[A-Z]{2}$": Sentence("enter two capital letters, such as US or CN"),
    "^[A-Z]{3}$": Sentence("enter a currency by three capital letters, such as USD or CNY"),
    r"^\+[1-9][0-9]{6,14}$": Sentence("enter a number like +14155550123, in quotes"),
    "^[a-z][a-z0-9_]{0,19}$": Sentence("use small letters, digits and _, 20 at most, a letter first"),
    "^[a-z][a-z0-9_]{0,31}$": Sentence("use small letters, digits and _, 32 at most, a letter first"),
}
QUOTED = re.compile(r"'([^']*)'")


def _on_one_line(text: str) -> str:
    if wrong := unfit_line(text):
        raise ValueError(wrong)
    return text


OnOneLine = AfterValidator(_on_one_line)


class Strict(BaseModel):
    """Unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read(shape: type[Shape], found: object, where: str, wrong: list[Fault], root: str) -> Shape | None:
    """
    *found* as *shape*; what does not fit is added to *wrong*, a fault a field.

    *where* is the place of *found* in its document, "" for the whole, which faults then call *root*.
    """
    try:
        return shape.model_validate(found)
    except ValidationError as error:
        for problem in error.errors():
            wrong.append(Fault(place_of(problem, where) or root, problem["type"], said(problem)))
    return None


def place_of(problem: ErrorDetails, where: str = "") -> str:
    """The field a *problem* is about, inside *where*: waves.2.message.en.text."""
    names = [where, *(str(name) for name in problem["loc"] if name != "[key]")]
    return ".".join(filter(None, names))


def said(problem: ErrorDetails) -> Sentence:
    """What to enter instead of what the validator found wrong."""
    context: Mapping[str, Any] = problem.get("ctx", {})
    kind = problem["type"]
    if ours := context.get("said"):  # under a code of ours, which may be one of the validator's words too
        return Sentence(ours)
    if kind == "value_error":
        return Sentence(*context["error"].args)
    if kind == "too_long" and isinstance(problem.get("input"), str):
        kind = "string_too_long"  # of a text with a validator of ours the length is checked afterwards
    template = PATTERNS.get(context.get("pattern", ""), SAID.get(kind, OTHERWISE))
    if "expected" in context:
        context = {"words": QUOTED.findall(context["expected"])}
    return Sentence(str(template), **{name: v for name, v in context.items() if f"{{{name}}}" in template})
