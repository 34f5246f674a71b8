"""<Enqueue>: wait in a queue, hearing the document at waitUrl over and over, until somebody takes the call out.

The action follows a <Leave>, a full queue and a waitUrl that cannot be played; without an action the next verb does. Who
hung up, and whom the REST API sent elsewhere, is reported to the action, and its answer is not read.
"""

from __future__ import annotations

import asyncio
import math
import xml.etree.ElementTree as ET
from urllib.parse import urljoin

from exchange.documents import BadDocument, Jump
from exchange.line import LEFT, Ended, Line, Params
from exchange.queues import LARGEST, USUAL, Member, Queue
from exchange.verbs.scene import Scene
from exchange.webhooks import WebhookFailed

ATTRIBUTES = frozenset({"action", "method", "maxQueueSize", "waitUrl", "waitUrlMethod", "workflowSid"})
HEARD = frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Leave", "Hangup"})
MAX_NAME = 64
SILENT_S = 1.0


class Left(Exception):
    """The caller leaves the queue by the document played there."""


async def perform(scene: Scene, element: ET.Element) -> Jump | None:
    """Wait, and go on."""
    name = (element.text or "").strip()
    if not 0 < len(name) <= MAX_NAME:
        raise BadDocument(12200, f"<Enqueue> needs the name of a queue, of {MAX_NAME} characters at most")
    line = scene.line
    size = scene.number(element, "maxQueueSize", USUAL, 1, LARGEST)
    queue = line.switch.queues.named(line.call.account, name, size)
    if len(queue.members) >= queue.max_size:
        return _on(scene, element, _result("queue-full", queue, 0))
    member = line.switch.queues.join(queue, line.call.sid)
    line.note("queued", name)
    result = "leave"
    try:
        await _wait(scene, element, queue, member)
    except Left:
        pass
    except (BadDocument, WebhookFailed) as failed:
        call = line.call
        line.switch.webhooks.problem(call.account, call.sid, failed.code, failed.message, scene.document.url)
        result = "error"
    except Ended:
        result = "hangup"
        raise
    except asyncio.CancelledError:
        result = "redirected" if isinstance(line.broken_by, Jump) else "hangup"
        raise
    finally:
        waited_s = queue.waited_s(member)
        queue.members.remove(member)
        line.note("left", f"{result} after {waited_s} s")
        if result in ("hangup", "redirected"):
            _tell(scene, element, _result(result, queue, waited_s))
    return _on(scene, element, _result(result, queue, waited_s))


async def leave(scene: Scene, element: ET.Element) -> Jump | None:
    """Out of the queue, to what follows the Enqueue; elsewhere it means nothing."""
    if not any(
        member.call_sid == scene.line.call.sid for queue in _queues(scene) for member in queue.members
    ):
        scene.warn(12200, "<Leave> outside a queue; skipped")
        return None
    raise Left


def _queues(scene: Scene) -> list[Queue]:
    return scene.line.switch.queues.of(scene.line.call.account)


async def _wait(scene: Scene, element: ET.Element, queue: Queue, member: Member) -> None:
    """For ever, or until patience is at its end."""
    line = scene.line
    limit = line.limit_s, line.limit_why
    if line.party.patience_s is not None and line.spent_s + line.party.patience_s < line.limit_s:
        line.limit_s, line.limit_why = line.spent_s + line.party.patience_s, LEFT
    wait_url = element.get("waitUrl", "")
    try:
        while True:
            before_s = line.spent_s
            if wait_url:
                await scene.aside(line, _music(scene, element, wait_url, queue, member), HEARD)
            if line.spent_s == before_s:
                await line.pass_time(SILENT_S if wait_url else math.inf)
    finally:
        line.limit_s, line.limit_why = limit


def _music(scene: Scene, element: ET.Element, url: str, queue: Queue, member: Member) -> Jump:
    method = element.get("waitUrlMethod", "POST").upper()
    about = (
        ("QueuePosition", str(queue.position(member))),
        ("QueueSid", queue.sid),
        ("QueueTime", str(queue.waited_s(member))),
        ("AvgQueueTime", str(queue.average_s)),
        ("CurrentQueueSize", str(len(queue.members))),
        ("MaxQueueSize", str(queue.max_size)),
    )
    return Jump(urljoin(scene.document.url, url), method, about)


def _result(result: str, queue: Queue, waited_s: int) -> Params:
    return [("QueueResult", result), ("QueueSid", queue.sid), ("QueueTime", str(waited_s))]


def _on(scene: Scene, element: ET.Element, params: Params) -> Jump | None:
    return scene.action(element, params) if element.get("action") else None


def _tell(scene: Scene, element: ET.Element, params: Params) -> None:
    """Report to the action of one who no longer listens."""
    if not element.get("action"):
        return
    line: Line = scene.line
    jump = scene.action(element, [])
    over = dict(params)["QueueResult"] == "hangup"
    about = [(key, "completed" if over and key == "CallStatus" else value) for key, value in line.params()]
    url = urljoin(scene.document.url, jump.url)
    hook = line.switch.hook(line.call.account, line.call.sid, "queue", url, [*about, *params], jump.method)
    line.switch.webhooks.tell(hook, "calls")
