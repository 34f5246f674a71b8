"""The OpenAPI 3.1 document, made by spectree from the models that check requests, when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import deepcopy
from functools import cache, lru_cache
from typing import Any

from flask import Flask
from spectree import Response as Responses
from spectree import SecurityScheme, SpecTree
from spectree.model_adapter.protocol import SchemaMode
from spectree.model_adapter.pydantic_adapter import PydanticModelAdapter
from spectree.models import SecureType, SecuritySchemeData

from core.api.checks import Told
from core.api.document import Described
from core.db import MAX_ID

BEARER = "bearer"
_making = threading.Lock()


class FaultTold(Told):
    """One wrong field."""

    field: str
    code: str
    detail: str


class Problem(Told):
    """An error (RFC 9457). *code* is the word to script against; *errors* name every wrong field."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FaultTold] | None = None


def _named(model: type[Any]) -> str:
    return model.__name__.replace("[", "_").replace("]", "").split(".")[-1]


def _plain(name: str) -> str:
    return name.rstrip("_")


class _Once(PydanticModelAdapter):
    """Every address names the same problem for ten statuses: its schema is made once."""

    def __init__(self) -> None:
        super().__init__()
        self.made: dict[tuple[type[Any], str, SchemaMode], dict[str, Any]] = {}

    def json_schema(
        self, model: type[Any], *, ref_template: str, mode: SchemaMode = "validation"
    ) -> dict[str, Any]:
        asked = (model, ref_template, mode)
        if asked not in self.made:
            self.made[asked] = super().json_schema(model, ref_template=ref_template, mode=mode)
        return self.made[asked]


SPEC = SpecTree(
    "flask",
    model_adapter=_Once(),  # type: ignore[arg-type]  # spectree says so of its own adapter, too
    mode="strict",
    annotations=False,
    title="Carillon",
    version="1",
    description="Customers, imports, campaigns and what became of them, work orders. Send `Authorization: Bearer <key>`.",
    path="no-pages",
    naming_strategy=_named,
    nested_naming_strategy=lambda _parent, child: _plain(child),
    validation_error_model=Problem,
    security_schemes=[
        SecurityScheme(name=BEARER, data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))
    ],
    security={BEARER: []},
)


@lru_cache(8)
def document(app: Flask) -> dict[str, Any]:
    """spectree's document of the described views of *app*, with ids as large as ours and problems by their media type."""
    with _making:
        for view in app.view_functions.values():
            _describe(view)
        models = deepcopy(SPEC.models)
        found: dict[str, Any] = deepcopy(SPEC._generate_spec())
        SPEC.models = models  # spectree has taken its own apart
    for path in found["paths"].values():
        for method, operation in path.items():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path" and parameter["schema"].get("type") == "integer":
                    parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
            if method == "post":
                operation["parameters"].append(_idempotency_key())
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    answer["content"] = {"application/problem+json": next(iter(answer["content"].values()))}
    return found


@cache
def _describe(view: Callable[..., Any]) -> None:
    """Tell spectree of *view* what `@endpoint` noted on it; it looks for its own among what *view* wraps."""
    noted: Described | None = getattr(view, "described", None)
    if noted is None:
        return
    answers: dict[str, Any] = {f"HTTP_{noted.status}": noted.answer}
    answers |= {f"HTTP_{code}": Problem for code in (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)}
    view.__wrapped__ = SPEC.validate(  # type: ignore[attr-defined]  # functools.wraps set it
        query=noted.query, json=noted.body, resp=Responses(**answers), tags=(noted.tag,), skip_validation=True
    )(view.__wrapped__)  # type: ignore[attr-defined]  # as above


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        "description": "The same key with the same request gets the same answer for 24 hours; the work is done once.",
    }
