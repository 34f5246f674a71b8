"""The verbs this exchange plays: name, allowed attributes, what to do."""

from __future__ import annotations

from exchange.verbs import dial, enqueue, gather, prompts, record, start, transfer
from exchange.verbs.scene import Verb

VERBS: dict[str, Verb] = {
    "Say": Verb(prompts.ATTRIBUTES["Say"], prompts.perform),
    "Play": Verb(prompts.ATTRIBUTES["Play"], prompts.perform),
    "Pause": Verb(prompts.ATTRIBUTES["Pause"], prompts.perform),
    "Gather": Verb(gather.ATTRIBUTES, gather.perform),
    "Record": Verb(record.ATTRIBUTES, record.perform),
    "Start": Verb(frozenset(), start.perform),
    "Dial": Verb(dial.ATTRIBUTES, dial.perform),
    "Enqueue": Verb(enqueue.ATTRIBUTES, enqueue.perform),
    "Leave": Verb(frozenset(), enqueue.leave),
    "Redirect": Verb(frozenset({"method"}), transfer.redirect),
    "Hangup": Verb(frozenset(), transfer.hang_up),
    "Reject": Verb(frozenset({"reason"}), transfer.reject),
}
