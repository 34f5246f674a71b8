"""After a restart: what still waited in line goes on waiting, what was under way has failed.

A call cut off by the exchange's own end is `failed`, as it would be at a carrier whose switch went down. A text that
was on its way stays `sent`; one that waited is sent now.
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


def resume(switch: Switch) -> None:
    """Take up what the last run left unfinished."""
    for call in switch.book.rows(Call, Where("status IN ('queued', 'ringing', 'in-progress')")):
        _call(switch, call)
    for text in switch.book.rows(Text, Where("status = 'queued'")):
        if text.account in switch.accounts:
            texts.send(switch, text)
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
