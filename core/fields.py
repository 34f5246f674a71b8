"""Reads documents people write into pydantic models, and says field by field what to mend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

Shape = TypeVar("Shape", bound=BaseModel)


class Strict(BaseModel):
    """Unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read(shape: type[Shape], found: object, where: str, wrong: list[str], root: str) -> Shape | None:
    """
    *found* as *shape*; what does not fit is added to *wrong*, a line a field, each beginning with the field's place.

    *where* is the place of *found* in its document, "" for the whole, which messages then call *root*.
    """
    try:
        return shape.model_validate(found)
    except ValidationError as error:
        for problem in error.errors():
            names = [where, *(str(name) for name in problem["loc"] if name != "[key]")]
            wrong.append(f"{'.'.join(filter(None, names)) or root}: {_said(problem)}")
    return None


def _said(problem: ErrorDetails) -> str:
    context: Mapping[str, object] = problem.get("ctx", {})
    match problem["type"]:
        case "missing":
            return "this field is missing"
        case "extra_forbidden":
            return "there is no such field; remove it or mend its name"
        case "literal_error":
            return f"enter {context['expected']}"
        case "int_parsing" | "int_from_float":
            return "enter a whole number"
        case "decimal_parsing" | "float_parsing":
            return "enter a number"
        case "decimal_max_places":
            return f"enter at most {context['decimal_places']} decimals"
        case "string_type":
            return "enter a text"
        case "list_type":
            return "enter a list, such as [autumn, spring]"
        case "too_short" | "string_too_short":
            return "enter something here"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "enter fields here, such as in {text: Hello}"
        case _:
            return problem["msg"].removeprefix("Value error, ")
