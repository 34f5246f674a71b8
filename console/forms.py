"""What staff fill in, as pydantic models; a fault is named beside its field, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from flask_babel import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from console.languages import begun, refusal
from core.api.checks import wrong_fields
from core.characters import clean
from core.errors import CarillonError, Invalid, WrongFields

MAX_NOTE = 400
Form = TypeVar("Form", bound=BaseModel)
Shape = TypeVar("Shape", bound=BaseModel)
Faults = dict[str, str]


def _text(value: str) -> str:
    try:
        return clean(value)
    except Invalid as error:
        raise ValueError(error.message) from None


Line = Annotated[str, AfterValidator(_text)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


class Done(_Form):
    """A voicemail that has been dealt with."""

    note: Annotated[Line, Field(min_length=1, max_length=MAX_NOTE)]


class OptOut(_Form):
    """A customer who wants no more contact."""

    scope: Literal["all", "marketing"]


class Import(_Form):
    """A file of customers; *region* is where its numbers without a country code belong."""

    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


def read(model: type[Form], sent: Mapping[str, str]) -> tuple[Form | None, Faults]:
    """What was sent as *model*, or None and what to enter, field by field."""
    try:
        return model.model_validate(dict(sent)), {}
    except ValidationError as error:
        return None, {
            str(fault["loc"][0]): _advice(str(fault["loc"][0]), str(fault["type"]))
            for fault in error.errors()
        }


def _advice(field: str, fault: str) -> str:
    if fault in ("too_long", "string_too_long"):
        return str(_("Enter at most %(most)s characters.", most=MAX_NOTE))
    if fault == "value_error":
        return str(_("Remove the characters that are no text."))
    advice = {
        "note": _("Enter what was done, such as: called back, wants an appointment."),
        "scope": _("Choose what the customer wants to stop."),
        "region": _("Enter two capital letters, such as US or CN."),
    }
    return str(advice[field])


def filled(shape: type[Shape], sent: Mapping[str, str], region: str = "") -> Shape:
    """What was filled in of a form whose fields are *shape*'s; what was left empty was not sent. Raises WrongFields naming each field."""
    given = {name: text for name in shape.model_fields if (text := sent.get(name, "").strip())}
    try:
        return shape.model_validate_strings(given, context=region)
    except ValidationError as error:
        raise wrong_fields(error.errors()) from None


def told(error: CarillonError, field: str = "") -> Faults:
    """What each field is told of a refusal; what is about no field stands at *field*, "" for the form as a whole."""
    if not isinstance(error, WrongFields):
        return {field: refusal(error)}
    return {fault.field: begun(fault.detail) for fault in error.faults}
