"""One line of the report, the same for every benchmark."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any


def result(name: str, unit: str, runs: Sequence[tuple[float, float]], **more: Any) -> dict[str, Any]:
    """
    Medians over *runs*, each (ours, peer) measured in turns.

    *ratio* is the median of ours / peer, *spread* the distance of the farthest two ratios in parts of it.
    """
    ratios = [ours / peer for ours, peer in runs]
    ratio = statistics.median(ratios)
    return {
        "name": name,
        "ours": round(statistics.median(ours for ours, _ in runs), 1),
        "peer": round(statistics.median(peer for _, peer in runs), 1),
        "ratio": round(ratio, 3),
        "spread": round((max(ratios) - min(ratios)) / ratio, 3),
        "unit": unit,
        "runs": len(ratios),
        **more,
    }
