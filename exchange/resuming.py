"""After a restart, of an exchange that was stopped or killed: everything it had accepted comes to its end.

Calls and faxes that waited in line go on waiting; those under way are `failed`, as they would be at a carrier whose switch
went down. A text is kept until its receiver has it: one that waited is sent now, one that was sent arrives as it would
have, and what a subscriber texted is told to the customer's server if it was not yet.
"""

from __future__ import annotations

from exchange import calls, faxes, texts
from exchange.ledger import Where
from exchange.line import Line
from exchange.rest.calls import wish
from exchange.rest.form import Form
from exchange.ringing import finish
from exchange.rows import Call, Fax, Text
from exchange.switch import Switch

WHY = "the exchange was stopped"
ON_THEIR_WAY = Where("direction <> 'inbound' AND status IN ('queued', 'sent')")
# whoever was being asked when we stopped may not have heard; a server that was away was asked
UNTOLD = Where(
    "direction = 'inbound' AND NOT EXISTS"
    " (SELECT 1 FROM webhooks WHERE webhooks.sid = texts.sid AND webhooks.error <> 'gave up')"
)


def resume(switch: Switch) -> None:
    """Take up what the last run left unfinished."""
    for call in switch.book.rows(Call, Where("status IN ('queued', 'ringing', 'in-progress')")):
        _call(switch, call)
    for text in switch.book.rows(Text, ON_THEIR_WAY):
        if text.account in switch.accounts:
            texts.send(switch, text)
    for text in switch.book.rows(Text, UNTOLD):
        texts.tell(switch, text)
    for fax in switch.book.rows(Fax, Where("status IN ('queued', 'processing', 'sending')")):
        if fax.account not in switch.accounts:
            continue
        if fax.status == "queued":
            faxes.enqueue(switch, fax)
        else:
            faxes.fail(switch, fax, 49, WHY)


def _call(switch: Switch, call: Call) -> None:
    if call.account not in switch.accounts:
        return
    if call.status == "queued":
        calls.enqueue(switch, call, wish(Form(call.asked)))
        return
    ordered = calls.NO_WISH if not call.asked else wish(Form(call.asked))
    finish(Line(switch, call, ordered), "failed", WHY)
