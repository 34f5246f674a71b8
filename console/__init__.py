"""What staff see: one module of pages a noun. Pages parse, call one domain function and render; rules live elsewhere."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, request
from flask_babel import get_locale
from werkzeug.middleware.proxy_fix import ProxyFix

from console import (
    absences,
    access,
    announcements,
    answers,
    api_keys,
    appointments,
    assets,
    blocked,
    brake,
    calendar,
    call_records,
    calls,
    campaigns,
    cases,
    cookies,
    customers,
    doubts,
    drafts,
    errors,
    events,
    files,
    flows,
    follow_ups,
    hearing,
    hours,
    hours_words,
    imports,
    languages,
    launch_words,
    letters,
    limit_words,
    new_orders,
    passwords,
    pause_words,
    person_pages,
    preferences,
    prompts,
    queue,
    recipients,
    registers,
    signin,
    simulator,
    slots,
    staff_pages,
    stand_ins,
    summaries,
    texts,
    today,
    trials,
    vehicle_pages,
    voicemail,
    web,
    words,
    work_orders,
)
from console.nav import rail

PAGES = (
    today,
    campaigns,
    calls,
    queue,
    voicemail,
    flows,
    prompts,
    announcements,
    blocked,
    texts,
    calendar,
    appointments,
    follow_ups,
    cases,
    work_orders,
    files,
    registers,
    summaries,
    letters,
    events,
    absences,
    customers,
    imports,
    staff_pages,
    api_keys,
)
# without a place in the rail
OTHERS = (
    simulator,
    hearing,
    answers,
    slots,
    signin,
    passwords,
    preferences,
    drafts,
    trials,
    recipients,
    brake,
    hours,
    doubts,
    call_records,
    new_orders,
    vehicle_pages,
    person_pages,
)

bp = Blueprint("console", __name__)
for page in (*PAGES, *OTHERS):
    bp.register_blueprint(page.bp)
bp.before_request(access.guard)
errors.attach(bp)

BLUEPRINTS = (bp,)


@bp.after_request
def _never_kept(answer: Response) -> Response:
    """What one person saw is not shown to the next from a cache, and a fragment is not taken for its page."""
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers["Vary"] = "HX-Request, Cookie, Accept-Language"
    return answer


def _context() -> dict[str, Any]:
    found = access.signed_in()
    return {
        "staff": found,
        "rail": list(rail(page.NAV for page in PAGES)),
        "holds_on": brake.on,
        "lang": str(get_locale()),
        "theme": request.cookies.get(preferences.THEME_COOKIE, "auto"),
    }


def init_app(app: Flask) -> None:
    """Everything the blueprint needs of *app* besides being registered."""
    config = app.extensions["carillon"].config
    app.config.update(
        # only the console is used with cookies, so only its guard asks for the token
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    if config.trusted_proxies:
        # sign-in is throttled by address; scheme and host come from PUBLIC_URL, never from headers
        proxied = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies, x_proto=0, x_host=0)
        app.wsgi_app = proxied  # type: ignore[method-assign]  # the way WSGI middleware is put in
    access.csrf.init_app(app)
    for part in (
        cookies,
        assets,
        languages,
        web,
        words,
        launch_words,
        errors,
        pause_words,
        limit_words,
        hours_words,
        stand_ins,
    ):
        part.init_app(app)
    app.context_processor(_context)
