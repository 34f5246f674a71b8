"""What programs send, as pydantic models: every wrong field is named, all at once, with what to enter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from core import fields
from core.characters import clean, clean_line
from core.errors import Fault, Invalid, WrongFields
from core.languages import in_language
from core.sentences import restored
from core.web import asked_language

Shape = TypeVar("Shape", bound=BaseModel)
# deeper than any document of ours
MAX_DEPTH = 32
WHERE = re.compile(r"line (\d+) column (\d+)")


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


Text = Annotated[str, checked(lambda text, _region: clean(text))]
Line = Annotated[str, checked(lambda text, _region: clean_line(text))]


class Sent(BaseModel):
    """A JSON body: types as they are, unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True, defer_build=True)


class Asked(BaseModel):
    """The query part of an address: unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, defer_build=True)


# a sentence in an answer, in the language the program asks for
Said = Annotated[str, BeforeValidator(lambda found: in_language(restored(found), asked_language()))]


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
            raise _no_json(*map(int, WHERE.findall(faults[0]["ctx"]["error"])[-1])) from None
        raise wrong_fields(faults) from None


def read_object(body: bytes) -> dict[str, Any]:
    """*body* as a JSON object whose fields are checked elsewhere. Raises Invalid."""
    check_depth(body)
    try:
        found = json.loads(body)
    except json.JSONDecodeError as error:
        raise _no_json(error.lineno, error.colno) from None
    except UnicodeDecodeError as error:
        raise Invalid(
            "bad_json", "send a JSON object as UTF-8 (byte {start} is none)", start=error.start
        ) from None
    except (ValueError, RecursionError):  # a number of thousands of digits
        raise Invalid("bad_json", "send a JSON object with shorter numbers") from None
    if not isinstance(found, dict):
        raise Invalid("bad_json", "send a JSON object, such as {…}")
    return found


def _no_json(line: int, column: int) -> Invalid:
    return Invalid(
        "bad_json", "send a JSON object; line {line}, column {column} is none", line=line, column=column
    )


def check_depth(body: bytes) -> None:
    """Raises Invalid for a body nested more deeply than anything asked for."""
    depth = 0
    for byte in body:
        if byte in b"[{":
            depth += 1
            if depth > 4 * MAX_DEPTH:
                raise Invalid("bad_json", "nest lists and objects at most {most} deep", most=MAX_DEPTH)
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
    return WrongFields([Fault(fields.place_of(p) or "body", p["type"], fields.said(p)) for p in problems])
