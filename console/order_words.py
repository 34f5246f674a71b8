"""The words staff read for work orders and files."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

Words = Mapping[str, LazyString]

ORDER_STEPS: Words = {
    "reception": _l("Reception"),
    "intake": _l("Checked in"),
    "workshop": _l("In the workshop"),
    "extra_work": _l("Waiting for consent"),
    "taken_back": _l("Back from the workshop"),
    "ready": _l("Ready for pick-up"),
    "delivered": _l("Handed over"),
    "followed_up": _l("Followed up"),
    "cancelled": _l("Cancelled"),
}
ORDER_LOOKS: Mapping[str, tuple[str, str]] = {
    "reception": ("idle", ""),
    "intake": ("info", ""),
    "workshop": ("info", "play"),
    "extra_work": ("warn", "circle-help"),
    "taken_back": ("info", ""),
    "ready": ("good", "check"),
    "delivered": ("good", "check"),
    "followed_up": ("good", "check"),
    "cancelled": ("idle", "x"),
}
# what the history of a job holds besides its steps
HISTORY: Words = {
    **ORDER_STEPS,
    "promised": _l("Date promised"),
    "handed_over": _l("Handed to a department"),
    "urgent": _l("Made urgent"),
    "changed": _l("Details changed"),
    "told": _l("Told by the workshop"),
    "quoted": _l("Quote sent"),
    "extra_asked": _l("Asked about extra work"),
    "extra_agreed": _l("Extra work agreed"),
    "extra_refused": _l("Extra work refused"),
}
# what lines of ours tell and ask
OUTREACH: Words = {
    "extra_work": _l("Extra work"),
    "pick_up": _l("Ready for pick-up"),
    "quote": _l("Quote"),
    "appointment": _l("Appointment reminder"),
    "service_due": _l("Service due"),
    "new_time": _l("New time for an appointment"),
}
OUTREACH_STATES: Words = {
    "waiting": _l("Not begun"),
    "sent": _l("Under way"),
    "told": _l("Told"),
    "answered": _l("Answered"),
    "failed": _l("Given to a person"),
    "withdrawn": _l("Withdrawn"),
}
OUTREACH_LOOKS: Mapping[str, tuple[str, str]] = {
    "waiting": ("idle", "clock"),
    "sent": ("info", "phone-outgoing"),
    "told": ("good", "check"),
    "answered": ("good", "check"),
    "failed": ("warn", "user-round"),
    "withdrawn": ("idle", "x"),
}
DEPARTMENTS: Words = {
    "business": _l("Business"),
    "workshop": _l("Workshop"),
    "service": _l("Service"),
    "finance": _l("Finance"),
    "management": _l("Management"),
}
EXTRA_STATES: Words = {
    "found": _l("Not asked yet"),
    "asked": _l("Being asked"),
    "unanswered": _l("No answer"),
    "agreed": _l("Agreed"),
    "refused": _l("Refused"),
    "withdrawn": _l("Withdrawn"),
}
INTAKES: Words = {"repair": _l("Repair"), "visit": _l("Visit"), "consultation": _l("Consultation")}
# what there is to call a customer about next
PROPOSALS: Words = {
    "maintenance": _l("Maintenance due"),
    "event": _l("Invitation"),
    "offer": _l("Special offer"),
    "repair_visit": _l("Repair left undone"),
    "free_inspection": _l("Free inspection"),
}
TABLES: Mapping[str, Words] = {
    "order_step": ORDER_STEPS,
    "order_history": HISTORY,
    "department": DEPARTMENTS,
    "extra_state": EXTRA_STATES,
    "outreach": OUTREACH,
    "outreach_state": OUTREACH_STATES,
    "intake": INTAKES,
    "proposal": PROPOSALS,
}
