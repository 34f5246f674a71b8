"""
Every error Carillon raises on purpose.

* CarillonError        code, message
  - Invalid            what was asked makes no sense               -> 400
    - WrongFields      some fields are wrong: each is named        -> 422
  - NotAuthenticated   no key, or none that is valid               -> 401
  - Forbidden          role, sign-in or webhook signature refused  -> 403
  - NotFound           no such thing                               -> 404
  - Conflict           the state machine says no                   -> 409
  - TooMany            more requests than the key may make         -> 429
  - Unavailable        for now: database, carrier                  -> 503
  - ConfigError        at start only; lists every wrong setting    -> exit 4

`code` is a snake_case word that people may script against; `message` tells a
person what to do, as a template with its figures beside it (core/sentences.py).
How a carrier answered is not an error but an outcome: see core/carriers/base.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.sentences import Sentence, lines


class CarillonError(Exception):
    """Something went wrong."""

    status = 500
    headers: Mapping[str, str] = {}  # a Mapping is never written to

    def __init__(self, code: str, message: str = "", /, **figures: Any) -> None:
        self.code = code
        self.message: str = Sentence(message or (self.__doc__ or code).strip(), **figures)
        super().__init__(self.message)


class Invalid(CarillonError):
    """The request does not make sense."""

    status = 400


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field, and what to enter."""

    field: str
    code: str
    detail: str


class WrongFields(Invalid):
    """Some fields are wrong."""

    status = 422

    def __init__(self, faults: Sequence[Fault], code: str = "invalid_fields") -> None:
        said = (Sentence("{field}: {said}", field=fault.field, said=fault.detail) for fault in faults)
        super().__init__(code, lines(said))
        self.faults = faults


class NotAuthenticated(CarillonError):
    """Send a valid key: Authorization: Bearer …"""

    status = 401
    headers: Mapping[str, str] = {"WWW-Authenticate": 'Bearer realm="carillon"'}  # as above


class Forbidden(CarillonError):
    """You may not do that."""

    status = 403


class NotFound(CarillonError):
    """There is no such thing."""

    status = 404


class Conflict(CarillonError):
    """That is not possible in the present state."""

    status = 409


class TooMany(CarillonError):
    """More was asked than is allowed in this time."""

    status = 429

    def __init__(self, code: str, message: str, retry_after_s: int, /, **figures: Any) -> None:
        super().__init__(code, message, **figures)
        self.headers = {"Retry-After": str(retry_after_s)}


class Unavailable(CarillonError):
    """That is not reachable just now."""

    status = 503


class ConfigError(CarillonError):
    """The configuration is not usable."""
