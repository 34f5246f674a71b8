"""Verbs that leave the document: Redirect, Hangup, Reject."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from exchange.documents import BadDocument, Jump
from exchange.line import Ended
from exchange.verbs.scene import Scene


async def redirect(scene: Scene, element: ET.Element) -> Jump | None:
    """Go on at another document."""
    url = (element.text or "").strip()
    if not url:
        raise BadDocument(11100, "<Redirect> without a URL")
    return Jump(url, scene.method(element))


async def hang_up(scene: Scene, element: ET.Element) -> Jump | None:
    """End the call."""
    raise Ended("hangup")


async def reject(scene: Scene, element: ET.Element) -> Jump | None:
    """Do not answer an incoming call; on an answered one it is a hang-up."""
    reason = element.get("reason", "rejected")
    raise Ended("busy" if reason == "busy" else "rejected")
