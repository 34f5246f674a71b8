"""The demo company's call flows: the shipped ones, with its own events and breakdown service in the hotline."""

from __future__ import annotations

from typing import Any

import yaml

from core.yaml import parse
from demo.numbers import ROADSIDE
from flows.publish import library, library_names

EVENTS = {
    "en": "Winter check: 20 percent off until December 24. December 12: new models at 18 Lake Street.",
    "zh": "12月24日前冬季检测八折。12月12日，湖滨路18号新车试驾。",
}


def documents() -> list[str]:
    """Every flow to publish."""
    others = [library(name) for name in library_names() if name != "hotline"]
    return [hotline(), *others]


def hotline() -> str:
    """The shipped hotline, telling callers this company's events without asking whether there are any."""
    flow: Any = parse(library("hotline"))
    nodes = flow["nodes"]
    for asked_whether in ("events", "events_chinese", "no_events"):
        del nodes[asked_whether]
    nodes["offers"]["options"]["1"]["next"] = "tell_events"
    nodes["tell_events"]["text"] = EVENTS
    nodes["roadside"]["number"] = ROADSIDE
    for unused in ("events_en", "events_zh", "roadside_number"):
        del flow["variables"][unused]
    return yaml.safe_dump(flow, allow_unicode=True, sort_keys=False)
