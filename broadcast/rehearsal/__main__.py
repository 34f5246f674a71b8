"""
`python -m broadcast.rehearsal TENANT CAMPAIGN AT [--exact]`: one rehearsal, in a process whose clock nobody else goes by.

Reads the database named by DATABASE_URL, writes only to a scratch file. One JSON object a line on stdout: {"percent": 12}
while it goes on, then {"result": {...}} or {"refused": "what to mend"}.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from broadcast import audience, campaigns
from broadcast.certificate import certificate
from broadcast.definition import Definition
from broadcast.fingerprint import fingerprint
from broadcast.models import Campaign
from broadcast.notices import over_at
from broadcast.rehearsal.copying import Copied, copy, sample_for, scratch
from broadcast.rehearsal.figures import Figures
from broadcast.rehearsal.playing import Stage, ended_at, play
from broadcast.rehearsal.rates import Rate, rates_of
from broadcast.rehearsal.survey import survey
from broadcast.said import said_by
from core import clock
from core.config import load
from core.db import Database, ScopedSession
from core.errors import CarillonError
from core.models import Tenant
from core.runtime import Runtime
from core.sentences import kept
from core.spool import Spool
from customers.models import CHANNELS
from outbound import settings

# of the whole, how far the survey brings us
SURVEYED = 40
GRACE = timedelta(hours=1)


def tell(**found: Any) -> None:
    """One line to whoever started us."""
    print(json.dumps(found, ensure_ascii=False), flush=True)


def rehearse(tenant_id: int, campaign_id: int, at: datetime, is_exact: bool) -> dict[str, Any]:
    """The result of rehearsing a launch at *at* (business time). Raises what a launch would raise."""
    began = time.monotonic()
    clock.freeze(at)
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        stage_db = scratch(Path(folder) / "scratch.db")
        real = Database(load().database_url)
        with real.reading(tenant_id) as session:
            campaign = campaigns.get(session, campaign_id)
            marks = fingerprint(session, campaign)
            found = _survey(session, campaign, at, marks.targeted)
            sample = sample_for(session, campaign, marks.targeted, is_exact)
            copied = copy(session, campaign, audience.ids(session, campaign), sample, stage_db, at)
            rates = rates_of(session, tenant_id, set(CHANNELS))
            prices = settings.of(session.get_one(Tenant, tenant_id)).prices
        real.close()
        waves = Definition.model_validate(campaign.definition).waves
        retries = {
            str(wave.channel): {cause: retry.model_dump() for cause, retry in wave.retries.items()}
            for wave in waves
        }
        figures = Figures(prices, retries)
        ended = _play(Path(folder), stage_db, campaign, copied, rates, figures)
    return {
        **found,
        **ended,
        **figures.to_dict(sample.one_in),
        "end": _times(ended["end"], sample.one_in),
        "at": at.isoformat(),
        "fingerprint": marks.whole,
        "one_in": sample.one_in,
        "rates": {channel: rate.to_dict() for channel, rate in rates.items() if channel in figures.sends},
        "took_s": round(time.monotonic() - began, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _survey(session: ScopedSession, campaign: Campaign, at: datetime, targeted: int) -> dict[str, Any]:
    """The first wave against the policy now; of every wave the worst rows."""
    waves = said_by(session, campaign)
    now: dict[str, Any] = {}
    worst: dict[str, list[dict[str, Any]]] = {}
    for wave in waves:
        before = (wave.position - 1) * targeted
        counts, found = survey(
            session,
            campaign,
            wave.content,
            wave.channel,
            at,
            lambda done, before=before: tell(  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                percent=SURVEYED * (before + done) // max(1, targeted * len(waves))
            ),
        )
        now = now or counts.to_dict()
        rows = [{"customer_id": row.customer_id, "faults": row.faults} for row in found.rows()]
        worst[str(wave.position)] = rows
    return {"now": now, "worst": worst}


def _times(counts: dict[str, Any], times: int) -> dict[str, Any]:
    """The counts of a sample as those of the whole."""
    return {
        name: _times(count, times) if isinstance(count, dict) else count * times
        for name, count in counts.items()
    }


def _play(
    folder: Path,
    database: Database,
    campaign: Campaign,
    copied: Copied,
    rates: dict[str, Rate],
    figures: Figures,
) -> dict[str, Any]:
    config = load(database_url=database.url, state_dir=folder)
    spool = Spool(folder / "spool", "rehearsal")
    stage = Stage(
        runtime=Runtime(config=config, database=database, carriers={}, spool=spool),
        tenant_id=campaign.tenant_id,
        campaign_id=campaign.id,
        rates=rates,
        stretch=dict(copied.stretch),
        figures=figures,
        luck=random.Random(campaign.id),  # noqa: S311  # the same campaign is played alike each time
    )
    definition = Definition.model_validate(campaign.definition)
    with database.reading(campaign.tenant_id) as session:
        until = over_at(session, session.get_one(Tenant, campaign.tenant_id), definition) + GRACE
    is_over = play(
        stage,
        until,
        lambda done, total: tell(percent=SURVEYED + (100 - SURVEYED) * done // max(1, total)),
    )
    with database.reading(campaign.tenant_id) as session:
        proof = certificate(session, campaigns.get(session, campaign.id))
    finished_at = ended_at(stage)
    spool.close()
    database.close()
    counts = {name: proof[name] for name in ("targeted", "reached", "blocked", "failed")}
    return {"end": counts, "is_over": is_over, "finished_at": finished_at.isoformat()}


def main() -> int:
    """Run one rehearsal."""
    asked = argparse.ArgumentParser(prog="python -m broadcast.rehearsal")
    asked.add_argument("tenant", type=int)
    asked.add_argument("campaign", type=int)
    asked.add_argument("at", type=datetime.fromisoformat)
    asked.add_argument("--exact", action="store_true")
    given = asked.parse_args()
    try:
        tell(result=rehearse(given.tenant, given.campaign, given.at, given.exact))
    except CarillonError as error:
        tell(refused=kept(error.message))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
