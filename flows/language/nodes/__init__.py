"""The kinds of node. A new kind is one file, one line here, one table of cases."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from flows.language.context import Context, Decision
from flows.language.nodes.appointment import AppointmentNode
from flows.language.nodes.branch import BranchNode
from flows.language.nodes.callback import CallbackNode
from flows.language.nodes.case import CaseNode
from flows.language.nodes.collect import CollectNode
from flows.language.nodes.dial import DialNode
from flows.language.nodes.fax import FaxNode
from flows.language.nodes.handover import HandoverNode
from flows.language.nodes.hangup import HangupNode
from flows.language.nodes.hours import HoursNode
from flows.language.nodes.jump import JumpNode
from flows.language.nodes.language import LanguageNode
from flows.language.nodes.lookup import LookupNode
from flows.language.nodes.menu import MenuNode
from flows.language.nodes.optout import OptoutNode
from flows.language.nodes.play import PlayNode
from flows.language.nodes.proof import ProofNode
from flows.language.nodes.queue import QueueNode
from flows.language.nodes.rate import RateNode
from flows.language.nodes.record import RecordNode
from flows.language.nodes.say import SayNode
from flows.language.nodes.set import SetNode
from flows.language.nodes.sms import SmsNode
from flows.language.nodes.speech import SpeechNode
from flows.language.nodes.transfer import TransferNode
from flows.language.nodes.verify import VerifyNode
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


@runtime_checkable
class Writing(Protocol):
    """A kind with templates that are kept or dialled, not spoken."""

    def writes(self) -> tuple[str, ...]:
        """These templates."""


@runtime_checkable
class Storing(Protocol):
    """A kind that gives variables a value."""

    def stores(self) -> dict[str, str]:
        """Variable -> the field that names it."""


AnyNode = (
    SayNode
    | PlayNode
    | MenuNode
    | SpeechNode
    | CollectNode
    | RateNode
    | SetNode
    | BranchNode
    | JumpNode
    | HoursNode
    | LookupNode
    | VerifyNode
    | AppointmentNode
    | SmsNode
    | FaxNode
    | LanguageNode
    | RecordNode
    | ProofNode
    | DialNode
    | QueueNode
    | TransferNode
    | CallbackNode
    | OptoutNode
    | CaseNode
    | HandoverNode
    | HangupNode
)
NODES: dict[str, type[AnyNode]] = {
    "say": SayNode,
    "play": PlayNode,
    "menu": MenuNode,
    "speech": SpeechNode,
    "collect": CollectNode,
    "rate": RateNode,
    "set": SetNode,
    "branch": BranchNode,
    "jump": JumpNode,
    "hours": HoursNode,
    "lookup": LookupNode,
    "verify": VerifyNode,
    "appointment": AppointmentNode,
    "sms": SmsNode,
    "fax": FaxNode,
    "language": LanguageNode,
    "record": RecordNode,
    "proof": ProofNode,
    "dial": DialNode,
    "queue": QueueNode,
    "transfer": TransferNode,
    "callback": CallbackNode,
    "optout": OptoutNode,
    "case": CaseNode,
    "handover": HandoverNode,
    "hangup": HangupNode,
}
