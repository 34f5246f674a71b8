"""
What an outage of the carrier costs, and how soon a pause holds, at full speed and without any other misfortune.

    python -m chaos.outage 300         # so many real seconds of silence; one JSON object on stdout

in_the_dark          orders posted while the carrier was silent, by its ledger: nobody can tell at once what became of them
in_the_dark_at_most  what threads, brake and probes may cost
paused_after_s       until the last text left after somebody had paused the campaign
wrong                what the judge finds
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from chaos import stories
from chaos.house import House
from chaos.judge import in_the_dark
from chaos.world import COAST, PARIS_CLOSES, Person
from exchange.rows import Text

COUNT, RATE_PER_S = 3_000, 100.0
PAUSE_S = 4.0


def outage(seconds: float) -> dict[str, float]:
    """A campaign that is paused for a moment, and for so many real *seconds* meets silence."""
    crowd = [Person(f"+1415250{number:04}", COAST) for number in range(COUNT)]
    with tempfile.TemporaryDirectory(prefix="carillon-chaos-") as folder:
        url = f"sqlite:///{folder}/carillon.db"
        with House(Path(folder) / "house", url, crowd, PARIS_CLOSES, rate_per_s=RATE_PER_S) as house:
            house.start_web()
            number = house.launch()
            house.start_worker()
            house.wait(lambda: stories.left(house) > 2 * RATE_PER_S, "nothing leaves")
            with stories.pausing(house, number) as since:
                time.sleep(PAUSE_S)  # the point: nothing leaves any more
            paused_after_s = _last_in(house, since, house.pauses[0][1])
            before = stories.left(house)
            house.wait(lambda: stories.left(house) > before + 2 * RATE_PER_S, "it does not go on")
            stories.silence(house, seconds)
            return {
                "outage_s": seconds,
                "in_the_dark": in_the_dark(house.ledger),
                "in_the_dark_at_most": house.dark_at_most,
                "paused_after_s": round(paused_after_s, 2),
                "wrong": house.judged().found(),
            }


def _last_in(house: House, since: datetime, until: datetime) -> float:
    """How many real seconds after *since* the last text before *until* was ordered; 0 if none was."""
    moments = (datetime.fromisoformat(text.real_at) for text in house.ledger.rows(Text))
    return max(((at - since).total_seconds() for at in moments if since < at < until), default=0.0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whatever it has started ends with it
    print(json.dumps(outage(float(sys.argv[1]))))
