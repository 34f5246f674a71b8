"""
What after-sales keeps, one file a noun.

    work order 1—n step, extra work     customer 1—n file, follow-up, call record, letter, case, appointment
    a follow-up, a case and an appointment each have an owner or a time, and never lose them
"""

from aftersales.models.appointments import Appointment, Slot
from aftersales.models.calls import CallRecord, CallRecording
from aftersales.models.cases import Case, CaseEvent
from aftersales.models.documents import Document, Letter
from aftersales.models.events import Event
from aftersales.models.files import CustomerFile
from aftersales.models.follow_ups import Absence, FollowUp
from aftersales.models.outreach import Outreach
from aftersales.models.summaries import Summary
from aftersales.models.work_orders import ExtraWork, WorkOrder, WorkOrderStep, WorkshopKey

__all__ = [
    "Absence",
    "Appointment",
    "CallRecord",
    "CallRecording",
    "Case",
    "CaseEvent",
    "CustomerFile",
    "Document",
    "Event",
    "ExtraWork",
    "FollowUp",
    "Letter",
    "Outreach",
    "Slot",
    "Summary",
    "WorkOrder",
    "WorkOrderStep",
    "WorkshopKey",
]
