"""Who may see and do what in the console. A view without a mark is open to nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast

from flask import current_app, g, make_response, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from console import sessions
from console.sessions import SignedIn
from core.characters import clean
from core.errors import Forbidden
from core.models import READERS as READERS
from core.models import ROLES
from core.runtime import runtime

COOKIE = "carillon_staff"
EVERYONE = tuple(ROLES)
MAX_FORM_BYTES = 64 * 1024
View = TypeVar("View", bound=Callable[..., Any])
csrf = CSRFProtect()


def allowed(*roles: str) -> Callable[[View], View]:
    """Open a view to staff with one of *roles*."""
    if unknown := set(roles) - ROLES.keys():
        raise ValueError(f"no such role: {unknown}")

    def mark(view: View) -> View:
        cast(Any, view).roles = frozenset(roles)
        return view

    return mark


def public(view: View) -> View:
    """Open a view to whoever asks, signed in or not."""
    cast(Any, view).is_public = True
    return view


def takes_file(max_bytes: int) -> Callable[[View], View]:
    """Let a view be sent a file of *max_bytes*; others take no more than a form."""

    def mark(view: View) -> View:
        cast(Any, view).max_bytes = max_bytes
        return view

    return mark


def roles_of(endpoint: str) -> frozenset[str]:
    """The roles that may use the view at *endpoint*."""
    return getattr(current_app.view_functions[endpoint], "roles", frozenset())


def may(endpoint: str) -> bool:
    """Whether the person who is signed in may use the view at *endpoint*."""
    found = signed_in()
    return found is not None and bool(found.roles & roles_of(endpoint))


def signed_in() -> SignedIn | None:
    """The person this request comes from, if any."""
    found: SignedIn | None = g.get("staff")
    return found


def staff() -> SignedIn:
    """The person this request comes from, who is signed in."""
    found = signed_in()
    if found is None:
        raise Forbidden("not_signed_in", "sign in first")
    return found


def session_length() -> timedelta:
    """How long a session may last, however busy."""
    return timedelta(hours=runtime().config.session_hours)


def is_fragment() -> bool:
    """Whether htmx asks for a part of the page it shows."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") != "full"


def guard() -> Response | None:
    """Before every view: size, sign-in, CSRF, role. An answer instead of the view's, or None to go on."""
    view = current_app.view_functions[request.endpoint or ""]
    request.max_content_length = getattr(view, "max_bytes", MAX_FORM_BYTES)
    is_activity = not is_fragment() or request.method == "POST"
    g.staff = sessions.find(
        runtime().database, request.cookies.get(COOKIE, ""), session_length(), is_activity
    )
    csrf.protect()
    if getattr(view, "is_public", False):
        return None
    if g.staff is None:
        return _to_sign_in()
    if not g.staff.roles & getattr(view, "roles", frozenset()):
        raise Forbidden("not_allowed", "your roles do not include this")
    for value in request.args.values():  # forms are read field by field, addresses are not
        clean(value)
    return None


def _to_sign_in() -> Response:
    back = request.full_path.rstrip("?") if request.method == "GET" and not is_fragment() else None
    url = url_for("console.signin.form", next=back)
    if not is_fragment():
        return redirect(url, 303)
    answer = make_response("", 204)
    answer.headers["HX-Redirect"] = url
    return answer
