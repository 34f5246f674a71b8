"""What programs send, as pydantic models: every wrong field is named, all at once, with what to enter."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from core.errors import Fault, Invalid, WrongFields

Shape = TypeVar("Shape", bound=BaseModel)
# deeper than any document of ours
MAX_DEPTH = 32


# no database column takes NUL; lone surrogates are no JSON
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]


def checked(read: Callable[[str, str], object]) -> AfterValidator:
    """Ask *read*, which gets the text and the company's region and raises Invalid with our code; "" goes unasked."""

    def ask(value: str, info: ValidationInfo) -> str:
        try:
            if value:
                read(value, info.context or "")
        except Invalid as error:
            # a template of pydantic's: braces in a message are no placeholders
            raise PydanticCustomError(error.code, "{said}", {"said": error.message}) from None
        return value

    return AfterValidator(ask)


class Sent(BaseModel):
    """A JSON body: types as they are, unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True, defer_build=True)


class Asked(BaseModel):
    """The query part of an address: unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, defer_build=True)


class Told(BaseModel):
    """An answer."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


def read_json(shape: type[Shape], body: bytes, region: str) -> Shape:
    """*body* as *shape*, numbers as dialled in *region*. Raises Invalid if it is no JSON, WrongFields naming each wrong field."""
    check_depth(body)
    try:
        return shape.model_validate_json(body or b"{}", context=region)
    except ValidationError as error:
        faults = error.errors()
        if faults[0]["type"] == "json_invalid":
            raise Invalid("bad_json", f"send a JSON object: {faults[0]['ctx']['error']}") from None
        raise wrong_fields(faults) from None


def read_object(body: bytes) -> dict[str, Any]:
    """*body* as a JSON object whose fields are checked elsewhere. Raises Invalid."""
    check_depth(body)
    try:
        found = json.loads(body)
    except json.JSONDecodeError as error:
        raise Invalid("bad_json", f"send a JSON object: {error}") from None
    except UnicodeDecodeError as error:
        raise Invalid("bad_json", f"send a JSON object as UTF-8 (byte {error.start} is none)") from None
    except (ValueError, RecursionError):  # a number of thousands of digits
        raise Invalid("bad_json", "send a JSON object with shorter numbers") from None
    if not isinstance(found, dict):
        raise Invalid("bad_json", "send a JSON object, such as {…}")
    return found


def check_depth(body: bytes) -> None:
    """Raises Invalid for a body nested more deeply than anything asked for."""
    depth = 0
    for byte in body:
        if byte in b"[{":
            depth += 1
            if depth > 4 * MAX_DEPTH:
                raise Invalid("bad_json", f"nest lists and objects at most {MAX_DEPTH} deep")
        elif byte in b"]}":
            depth -= 1


def read_query(shape: type[Shape], values: Mapping[str, Sequence[str]]) -> Shape:
    """The query part of an address as *shape*. Raises WrongFields."""
    many = {name for name, field in shape.model_fields.items() if get_origin(field.annotation) is list}
    twice = [name for name, found in values.items() if len(found) > 1 and name not in many]
    if twice:
        raise WrongFields([Fault(name, "twice", "give it once") for name in twice])
    try:
        return shape.model_validate({name: list(v) if name in many else v[0] for name, v in values.items()})
    except ValidationError as error:
        raise wrong_fields(error.errors()) from None


def wrong_fields(problems: Sequence[ErrorDetails]) -> WrongFields:
    """What pydantic found, a fault a field, in words that say what to enter."""
    return WrongFields([Fault(".".join(map(str, p["loc"])) or "body", p["type"], _said(p)) for p in problems])


SAID = {
    "missing": "this field is missing",
    "extra_forbidden": "there is no such field; remove it or mend its name",
    "int_type": "enter a whole number",
    "int_parsing": "enter a whole number",
    "string_type": "enter a text",
    "bool_type": "enter true or false",
    "bool_parsing": "enter true or false",
    "list_type": "enter a list",
    "model_type": "enter an object with fields",
    "model_attributes_type": "enter an object with fields",
    "dict_type": "enter an object with fields",
    "string_pattern_mismatch": "remove the characters that are no text (NUL or broken Unicode)",
    "string_unicode": "remove the characters that are no text",
    "string_too_short": "enter something here",
    "too_short": "enter something here",
}


def _said(problem: ErrorDetails) -> str:
    context = problem.get("ctx", {})
    match problem["type"]:
        case "literal_error":
            return f"enter {context['expected']}"
        case "string_too_long":
            return f"enter at most {context['max_length']} characters"
        case "too_long":
            return f"enter at most {context['max_length']}"
        case kind:
            return SAID.get(kind, problem["msg"].removeprefix("Value error, "))
