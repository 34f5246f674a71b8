"""
Every error Carillon raises on purpose.

* CarillonError        code, message
  - Invalid            what was asked makes no sense               -> 400
  - Forbidden          role, sign-in or webhook signature refused  -> 403
  - NotFound           no such thing                               -> 404
  - Conflict           the state machine says no                   -> 409
  - Unavailable        for now: database, carrier                  -> 503
  - ConfigError        at start only; lists every wrong setting    -> exit 4

`code` is a snake_case word that people may script against; `message` tells a
person what to do. How a carrier answered is not an error but an outcome: see
core/carriers/base.py.
"""

from __future__ import annotations


class CarillonError(Exception):
    """Something went wrong."""

    status = 500

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = message or (self.__doc__ or code).strip()
        super().__init__(self.message)


class Invalid(CarillonError):
    """The request does not make sense."""

    status = 400


class Forbidden(CarillonError):
    """You may not do that."""

    status = 403


class NotFound(CarillonError):
    """There is no such thing."""

    status = 404


class Conflict(CarillonError):
    """That is not possible in the present state."""

    status = 409


class Unavailable(CarillonError):
    """That is not reachable just now."""

    status = 503


class ConfigError(CarillonError):
    """The configuration is not usable."""
