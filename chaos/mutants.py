"""
The guards of the slice, each with what the product would be without it. Nothing of this is in the product.

A guard that another one covers is switched off together with it; the name says which. `chaos/aimed.py` has the shortest
storm that finds each.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

from chaos.points import found


def switch_off(name: str) -> None:
    """Switch off the guard called *name*; "" switches off none."""
    if name:
        MUTANTS[name]()


def _put(module: str, function: str, make: Callable[[Any], Any]) -> None:
    owner, attribute = found(module, function)
    setattr(owner, attribute, make(getattr(owner, attribute)))


def _not_after() -> None:
    """A POST leaves whatever the monotonic clock says."""

    def late(send: Any) -> Any:
        return lambda carrier, order, not_after=inf: send(carrier, order)

    _put("core.carriers.exchange", "Exchange.send", late)


def _mark_and_not_after() -> None:
    """What was claimed is marked and sent though its lease is over and it was taken back."""
    _not_after()

    def unchecked(mark: Any) -> Any:
        def marked(session: Any, lane: Any, chunk: Sequence[Any], real: Any) -> list[Any]:
            mark(session, lane, chunk, real)
            return list(chunk)

        return marked

    _put("outbound.dispatch", "_mark", unchecked)


def _last_look() -> None:
    """Nobody looks for opt-outs between claim and send."""
    _put("outbound.dispatch", "_stopped", lambda _: lambda session, lane, chunk: set())


def _leases_expire() -> None:
    """Nobody takes back what a dead worker has claimed."""
    _put("outbound.reconcile", "expire", lambda _: lambda session: {})


def _who_goes_on() -> None:
    """Whoever was tried goes on to the next wave, and a success does not stop the rest."""

    def as_failed(goer: Any) -> Any:
        return lambda one, waves: goer(replace(one, state="failed"), waves)

    def added(add: Any) -> Any:
        return lambda moves, one: add(moves, replace(one, state="failed"))

    _put("broadcast.settling", "_goer", as_failed)
    _put("broadcast.settling", "_Moves.add", added)
    _put("broadcast.settling", "stop_rest", lambda _: lambda *arguments: 0)


def _restore_guard() -> None:
    """Nobody notices that the database is older than what was sent."""
    _put("outbound.restored", "hold_if_older", lambda _: lambda runtime, session: False)


def _other_machines() -> None:
    """What waits in the spools of other machines is nobody's concern."""
    _put("core.hosts", "in_the_way", lambda _: lambda session, here: [])


def _brake() -> None:
    """A carrier that says nothing is sent to as before."""
    _put("outbound.breaker", "room", lambda _: lambda session, sender_id, real: None)
    _put("outbound.breaker", "trips", lambda _: lambda results: False)


def _policy_at_claim() -> None:
    """Whoever is in the campaign may be contacted."""
    from customers.contact_policy import Allowed

    _put("outbound.deciding", "decide", lambda _: lambda *arguments: Allowed())


def _window_at_the_end() -> None:
    """The window need only be open when the claim is made."""
    _put("outbound.deciding", "_moments", lambda _: lambda now, lead_s: (now,))


def _absence_at_once() -> None:
    """A list without a trace is proof however early it is asked for."""

    def hasty(look: Any) -> Any:
        def looked(*arguments: Any) -> Any:
            return replace(look(*arguments), proves_absence=True)

        return looked

    _put("outbound.reconcile", "_look_for", hasty)


def _silence_is_proof() -> None:
    """A carrier that cannot be asked counts as one that knows nothing."""
    from outbound.reconcile import Answer

    owner, name = found("outbound.reconcile", "NO_ANSWER")
    setattr(owner, name, Answer(proves_absence=True))


def _unknown_is_sent_again() -> None:
    """No answer is taken for a refusal."""
    from core.carriers.base import Unavailable, Unknown

    def sure(send: Any) -> Any:
        def sent(*arguments: Any) -> Any:
            answer = send(*arguments)
            return Unavailable("sure", 0.0) if isinstance(answer, Unknown) else answer

        return sent

    _put("outbound.dispatch", "_send", sure)


def _bound_ids() -> None:
    """A trace in the carrier's list may belong to any attempt."""
    _put("outbound.reconcile", "_bound", lambda _: lambda *arguments: {})


def _final_words() -> None:
    """A word about an attempt that is over counts once more, whatever another try at the same is about to say."""

    def again(end: Any) -> Any:
        def ended(session: Any, one: Any) -> bool:
            end(session, one)
            return True

        return ended

    _put("outbound.ending", "_end_attempt", again)
    _put("outbound.ending", "_other_tries", lambda _: lambda *arguments: {})


def _spool_before_claim() -> None:
    """Claims are made though opt-outs may wait in the spool."""
    _put("core.draining", "behind_s", lambda _: lambda folder: 0.0)


def _spool_before_answer() -> None:
    """A web server answers first and writes a second later."""

    def lazy(append: Any) -> Any:
        def later(spool: Any, kind: str, data: Any) -> None:
            def write() -> None:
                time.sleep(1.0)
                append(spool, kind, data)

            threading.Thread(target=write, daemon=True).start()

        return later

    _put("core.spool", "Spool.append", lazy)


def _mark_after_commit() -> None:
    """What is carried is ticked off in the spool before the database has it."""
    from core import draining

    def early(carry: Any) -> Any:
        def carried(database: Any, handlers: Any, entries: Any) -> Any:
            for path, size, _ in draining._files(carried.folder):  # type: ignore[attr-defined]  # set at the first file
                draining._set_mark(path, size)
            return carry(database, handlers, entries)

        def of_file(carry_file: Any) -> Any:
            def file(path: Any, *rest: Any) -> Any:
                carried.folder = path.parent  # type: ignore[attr-defined]  # as above
                return carry_file(path, *rest)

            return file

        _put("core.draining", "_carry_file", of_file)
        return carried

    _put("core.draining", "_carry", early)


MUTANTS: Mapping[str, Callable[[], None]] = {
    "not_after": _not_after,
    "mark": _mark_and_not_after,
    "last_look": _last_look,
    "last_look_at_pauses": _last_look,
    "leases_expire": _leases_expire,
    "who_goes_on": _who_goes_on,
    "restore_guard": _restore_guard,
    "other_machines": _other_machines,
    "brake": _brake,
    "policy_at_claim": _policy_at_claim,
    "window_at_the_end": _window_at_the_end,
    "absence_at_once": _absence_at_once,
    "silence_is_proof": _silence_is_proof,
    "unknown_is_sent_again": _unknown_is_sent_again,
    "bound_ids": _bound_ids,
    "final_words": _final_words,
    "spool_before_claim": _spool_before_claim,
    "spool_before_answer": _spool_before_answer,
    "mark_after_commit": _mark_after_commit,
}
