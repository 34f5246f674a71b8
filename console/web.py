"""How pages answer: a whole page or the fragment htmx asked for, and how values are written for people."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time
from flask import Flask, Response, make_response, redirect, render_template, request
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _
from jinja2 import pass_context
from jinja2.runtime import Context
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as BaseResponse

from console.access import is_fragment, may, signed_in
from core import clock
from core.db import MAX_ID
from core.phone import masked


def fragment(part: str, page: str, status: int = 200, **values: Any) -> Response:
    """One address, two shapes: *part* for htmx, *page* for a browser. An unchanged part is answered 304."""
    if not is_fragment():
        return make_response(render_template(page, **values), status)
    body = render_template(part, fragment=True, **values)
    tag = hashlib.sha256(body.encode()).hexdigest()[:16]
    if status == 200 and request.headers.get("HX-PTag") == tag:
        return make_response("", 304)
    answer = make_response(body, status)
    answer.headers["HX-PTag"] = tag
    return answer


def go(url: str) -> BaseResponse:
    """On to *url* after a change. fetch() would follow a redirect and put the next page into the form, so htmx is told to go."""
    if not is_fragment():
        return redirect(url, 303)
    answer = make_response("", 204)
    answer.headers["HX-Redirect"] = url
    return answer


def local_path(value: str | None) -> str | None:
    """*value* if it is a path of ours, so that nobody is sent elsewhere."""
    if (
        not value
        or not value.startswith("/")
        or value[1:2] in ("/", "\\")
        or any(ord(char) < 33 for char in value)
    ):
        return None
    parts = urlsplit(value)
    return None if parts.scheme or parts.netloc else value


def zone() -> ZoneInfo:
    """The zone staff read times in: their company's."""
    found = signed_in()
    return ZoneInfo(found.tenant.zone if found else "UTC")


def local(name: str) -> datetime | None:
    """The day and time in the field *name*, by the company's clocks; None if it holds none."""
    try:
        return datetime.fromisoformat(request.values.get(name, "")).replace(tzinfo=zone())
    except ValueError:
        return None


def moment(at: datetime | None, where: ZoneInfo | None = None) -> str:
    """Day and minute in the company's zone, or *where*; for today the minute alone."""
    if at is None:
        return ""
    place = where or zone()
    locale, local, today = get_locale(), at.astimezone(place), clock.now().astimezone(place)
    minute = str(format_skeleton("Hm", local, tzinfo=place, locale=locale))
    if local.date() == today.date():
        return minute
    skeleton = "MMMd" if local.year == today.year else "yMMMd"
    on = format_skeleton(skeleton, local, tzinfo=place, locale=locale)
    return str(locale.datetime_formats["medium"]).format(minute, on)


def full_moment(at: datetime | None) -> str:
    """Day and minute in the company's zone, also of today: for what is kept."""
    return f"{at.astimezone(zone()):%Y-%m-%d %H:%M}" if at else ""


def long_moment(at: datetime) -> str:
    """Day of the week, day and minute in the company's zone, also of today: for what is agreed on."""
    on = format_skeleton("yMMMEd", at.astimezone(zone()), locale=get_locale())
    return f"{on} {clock_time(at)}"


def clock_time(at: datetime) -> str:
    """The minute of the day in the company's zone."""
    return f"{at.astimezone(zone()):%H:%M}"


def local_day(at: datetime) -> str:
    """The day in the company's zone, as addresses have it."""
    return at.astimezone(zone()).date().isoformat()


def day(on: date) -> str:
    """A day of the calendar."""
    return format_date(on, "medium", locale=get_locale())


def month(on: date) -> str:
    """A month with its year."""
    return str(format_skeleton("yMMMM", on, locale=get_locale()))


def weekday(on: date) -> str:
    """The day of the week, in short."""
    return format_date(on, "EEE", locale=get_locale())


def seconds(at: datetime | None) -> str:
    """The time of day to the second."""
    return format_time(at.astimezone(zone()), "HH:mm:ss", tzinfo=zone(), locale=get_locale()) if at else ""


def duration(duration_s: int | None) -> str:
    """A duration in minutes and seconds: 1:05."""
    return f"{duration_s // 60}:{duration_s % 60:02}" if duration_s else "–"


def number(address: str) -> str:
    """A telephone number as screens show it: masked; a caller without one by a word."""
    return masked(address) if address.startswith("+") else _("Withheld")


def share(part: int, whole: int) -> int:
    """Percent of *whole*, rounded down so that 100 % means all."""
    return 100 * part // whole if whole else 0


def initials(name: str) -> str:
    """Two letters for the badge: LW for Li Wei, 李 for 李伟."""
    words = name.split()
    return (words[0][:1] + words[-1][:1]).upper() if len(words) > 1 else name[:1].upper()


class _Id(IntegerConverter):
    """The id in an address; one that no database could hold is an address nobody serves."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, min=1, max=MAX_ID)


class _Count(int):
    """A number that texts hold as people write it: 12,345."""

    def __str__(self) -> str:
        return str(format_decimal(int(self)))


def _grouped(plain: Any) -> Callable[..., str]:
    """*plain* is the templates' ngettext: its number as people write it."""

    @pass_context
    def counted(context: Context, one: str, many: str, num: int, **figures: Any) -> str:
        told: str = plain(context, one, many, num, **{"num": _Count(num), **figures})
        return told

    return counted


def init_app(app: Flask) -> None:
    """Give addresses their ids, and templates their filters and tests."""
    app.url_map.converters["int"] = _Id
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        moment=moment,
        long_moment=long_moment,
        clock_time=clock_time,
        local_day=local_day,
        day=day,
        month=month,
        weekday=weekday,
        seconds=seconds,
        duration=duration,
        number=number,
        dec=format_decimal,
        initials=initials,
    )
    app.jinja_env.globals.update(may=may, share=share, ngettext=_grouped(app.jinja_env.globals["ngettext"]))
