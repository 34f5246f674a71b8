"""What a follow-up call is to be about: the blocks of its step, without those an earlier call used (R-35, R-39)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.models import FollowUp
from aftersales.settings import BLOCKS
from core.errors import Invalid


@dataclass(frozen=True)
class Block:
    """A part of the script; *is_used* if an earlier call of the same job had it."""

    name: str
    is_used: bool


def offered(session: Session, follow_up: FollowUp) -> list[Block]:
    """Every part of a call, and which of them the customer has heard before."""
    used = _used_before(session, follow_up)
    return [Block(name, name in used) for name in BLOCKS]


def check(session: Session, follow_up: FollowUp, blocks: Sequence[str]) -> None:
    """Raises Invalid naming what the customer has heard before, or what is no block."""
    if unknown := sorted(set(blocks) - set(BLOCKS)):
        raise Invalid(
            "unknown_block",
            "{name!r} is no part of a script; choose one of {blocks}",
            name=unknown[0],
            blocks=BLOCKS,
        )
    if again := sorted(set(blocks) & _used_before(session, follow_up)):
        raise Invalid(
            "block_used", "{again}: an earlier call had this already; choose another part", again=again
        )


def _used_before(session: Session, follow_up: FollowUp) -> set[str]:
    if follow_up.work_order_id is None:
        return set()
    earlier = select(FollowUp.blocks).where(
        FollowUp.work_order_id == follow_up.work_order_id,
        FollowUp.id != follow_up.id,
        FollowUp.state == "done",
    )
    return {block for blocks in session.scalars(earlier) for block in blocks}
