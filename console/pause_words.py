"""Why a campaign stands still, in the reader's language; what the carrier said of it stays in its own words."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from console.web import moment
from core.models import Hold

FIGURES = {
    "opt_outs": _l("opted out"),
    "hang_ups": _l("hung up within five seconds"),
    "refusals": _l("were refused by the carrier"),
    "errors": _l("could not be reached"),
}


def pause_reason(reason: str) -> str:
    """A sentence for `budget`, `canary: opt_outs 3.2 %` and `abandoned: 5 120`."""
    if reason == "budget":
        return str(_("The budget is used up. Raise it and resume, or stop the campaign."))
    word, _colon, figure = reason.partition(": ")
    name, _space, share = figure.partition(" ")
    if word == "abandoned":
        return str(
            _(
                "%(n)s of %(all)s people who answered were with no agent within two seconds: too many for the law. Resume once enough agents stand by.",
                n=name,
                all=share,
            )
        )
    if word != "canary" or name not in FIGURES:
        return reason
    return str(
        _(
            "The sample went badly: %(share)s %(what)s. Resume to send to the rest all the same.",
            share=share,
            what=FIGURES[name],
        )
    )


def hold_words(hold: Hold) -> str:
    """Who pulled the brake, and when; for a restored database that is nobody."""
    if hold.reason == "stopped":
        return str(_("Stopped by %(who)s since %(time)s", who=hold.who, time=moment(hold.at)))
    return str(_("Held since the database was restored, %(time)s", time=moment(hold.at)))


def init_app(app: Flask) -> None:
    """Give templates the filters."""
    app.jinja_env.filters.update(pause_reason=pause_reason, hold_words=hold_words)
