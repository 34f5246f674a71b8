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
# what a form is told instead of being saved
FAULTS: Words = {
    "step_back": _l("A work order goes forward only. Choose a later step."),
    "unknown_step": _l("Choose the step the work order has come to."),
    "over": _l("This work order is over. Open a new one."),
    "bad_date": _l("Enter a time after the vehicle came in."),
    "date_missing": _l("Enter a day and a time."),
    "unknown_department": _l("Choose a department."),
    "bad_text": _l("Remove the characters that are no text."),
    "missing.next_topic": _l("Enter what the next contact is about."),
    "missing.next_contact_at": _l("Enter when the next contact will be, after now."),
    "too_long": _l("Shorten this."),
    "bad_transition": _l("Somebody has completed this file already."),
    "unknown_intake": _l("Choose a visit or a consultation."),
    "nobody_works_here": _l("Add a member of staff first."),
}
TABLES: Mapping[str, Words] = {
    "order_step": ORDER_STEPS,
    "order_history": HISTORY,
    "department": DEPARTMENTS,
    "extra_state": EXTRA_STATES,
    "intake": INTAKES,
    "proposal": PROPOSALS,
}
