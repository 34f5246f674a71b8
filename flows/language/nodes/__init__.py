"""The kinds of node. A new kind is one file, one line here, one table of cases."""

from __future__ import annotations

from typing import Any, Protocol

from flows.language.context import Context, Decision
from flows.language.nodes.branch import BranchNode
from flows.language.nodes.case import CaseNode
from flows.language.nodes.collect import CollectNode
from flows.language.nodes.dial import DialNode
from flows.language.nodes.hangup import HangupNode
from flows.language.nodes.hours import HoursNode
from flows.language.nodes.language import LanguageNode
from flows.language.nodes.menu import MenuNode
from flows.language.nodes.optout import OptoutNode
from flows.language.nodes.play import PlayNode
from flows.language.nodes.record import RecordNode
from flows.language.nodes.say import SayNode
from flows.language.prompt import Spoken
from flows.language.turn import Answer


class Node(Protocol):
    """What every kind can do."""

    @property
    def kind(self) -> Any:
        """The word that stands under `kind:`."""

    def exits(self) -> dict[str, str]:
        """What it is called -> the node it leads to."""

    def texts(self) -> dict[str, Spoken]:
        """Field -> what is spoken there, in the order it is spoken."""

    def enter(self, ctx: Context) -> Decision:
        """The caller arrives."""

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        """What the node waited for has come."""


AnyNode = (
    SayNode
    | PlayNode
    | MenuNode
    | CollectNode
    | BranchNode
    | HoursNode
    | LanguageNode
    | RecordNode
    | DialNode
    | OptoutNode
    | CaseNode
    | HangupNode
)
NODES: dict[str, type[AnyNode]] = {
    "say": SayNode,
    "play": PlayNode,
    "menu": MenuNode,
    "collect": CollectNode,
    "branch": BranchNode,
    "hours": HoursNode,
    "language": LanguageNode,
    "record": RecordNode,
    "dial": DialNode,
    "optout": OptoutNode,
    "case": CaseNode,
    "hangup": HangupNode,
}
