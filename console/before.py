"""The page before a launch: what stands in the way, the forecast, the worst rows, tests, and who lets it go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from broadcast import approval, campaigns, rendering, trial, trial_numbers
from broadcast.fingerprint import fingerprint
from broadcast.gates import gates
from broadcast.models import Campaign
from broadcast.rehearsal import running
from broadcast.rendering import Rendered
from broadcast.said import Said, said_by
from console.access import may, staff
from console.campaigns import live
from console.languages import begun
from console.launch_words import money
from console.web import fragment, go
from core import clock
from core.db import ScopedSession
from core.errors import NotFound
from core.runtime import runtime


@dataclass(frozen=True)
class Sample:
    """The worst rows of one wave."""

    wave: Said
    rows: Sequence[tuple[Rendered, Sequence[str]]]


def page(campaign_id: int, status: int = 200, fault: str = "", whole: str = "before.html") -> BaseResponse:
    """
    The page, or for htmx its changing part; a campaign that is no draft any more is shown where it runs, with the *fault* of what
    was tried.
    """
    with runtime().database.reading(staff().tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
        if campaign.state not in ("draft", "waiting"):
            return _elsewhere(campaign_id, status, fault)
        marks = fingerprint(session, campaign)
        rehearsal = running.latest(session, campaign)
        found: Mapping[str, Any] = rehearsal.result if rehearsal and rehearsal.state == "done" else {}
        waves, flow_fault = _waves(session, campaign)
        values = {
            "c": campaign,
            "waves": waves,
            "targeted": marks.targeted,
            "gates": gates(session, campaign, marks),
            "rehearsal": rehearsal,
            "is_fresh": running.is_fresh(rehearsal, marks.whole),
            "is_under_way": rehearsal is not None and rehearsal.state in ("waiting", "running"),
            "found": found,
            "forecast": _forecast(found),
            "samples": _samples(session, campaign, waves, found) if may("console.drafts.start") else [],
            "asked": approval.latest(session, campaign),
            "me": staff().email,
            "numbers": trial_numbers.numbers(session, staff().staff_id),
            "codes_by": trial_numbers.CODES_BY,
            "trials": trial.latest(session, campaign),
            "channels": {wave.channel for wave in waves},
            "fault": fault or flow_fault,
        }
    return fragment("_before.html", whole, status, **values)


def _elsewhere(campaign_id: int, status: int, fault: str) -> BaseResponse:
    if status == 200:
        return go(url_for("console.campaigns.show", campaign_id=campaign_id))
    return live(
        campaign_id, status, fault or _("The campaign had already changed. This is its latest state.")
    )


def _waves(session: ScopedSession, campaign: Campaign) -> tuple[Sequence[Said], str]:
    try:
        return said_by(session, campaign), ""
    except NotFound as error:
        return (), begun(error.message)


def _samples(
    session: ScopedSession, campaign: Campaign, waves: Sequence[Said], found: Mapping[str, Any]
) -> list[Sample]:
    worst = found.get("worst", {})
    samples = []
    for wave in waves:
        rows = []
        for row in worst.get(str(wave.position), ()):
            try:
                shown = rendering.render(session, campaign, wave, row["customer_id"], clock.now())
            except NotFound:  # gone from the file since
                continue
            rows.append((shown, row["faults"]))
        samples.append(Sample(wave, rows))
    return samples


def _forecast(found: Mapping[str, Any]) -> dict[str, Any]:
    """A kept result as the page shows it: instants as such, money with its currency, bars in percent of the highest."""
    if not found:
        return {}
    hours = [(datetime.fromisoformat(hour), count) for hour, count in found["hours"]]
    highest = max((count for _, count in hours), default=1)
    cost = found["cost"]
    return {
        "first_at": _instant(found["first_at"]),
        "finished_at": _instant(found["finished_at"]),
        "held_until": [datetime.fromisoformat(at) for at in found["now"]["held_until"]],
        "hours": [(hour, count, 100 * count // highest) for hour, count in hours],
        "cost": cost and {name: money(amount, found["currency"]) for name, amount in cost.items()},
        "zones": [
            (zone["zone"], zone["sends"], _open_hours(zone["hours"]), zone["hours"])
            for zone in found["zones"]
        ],
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _open_hours(hours: Sequence[int]) -> str:
    """From the first local hour with a send to the end of the last."""
    busy = [hour for hour, count in enumerate(hours) if count]
    return f"{busy[0]:02}:00-{busy[-1] + 1:02}:00" if busy else ""
