"""The words staff read for follow-ups, call records and cases."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from aftersales import details
from console.languages import said
from flows.language.nodes.case import TAKEN

Words = Mapping[str, LazyString]
Look = tuple[str, str]

FOLLOW_UPS: Words = {
    "first": _l("First call"),
    "second": _l("Second call"),
    "service_due": _l("Service due"),
    "promise": _l("Date will not be kept"),
    "solution": _l("Tell the solution"),
    "recheck": _l("Check again"),
    "agreed": _l("Call agreed on"),
    "extra_work": _l("Ask about extra work"),
    "pick_up": _l("Tell that it is ready"),
    "quote": _l("Tell the quote"),
    "appointment": _l("Agree on an appointment"),
    "new_time": _l("Agree on another time"),
}
FOLLOW_UP_STATES: Words = {
    "open": _l("To be made"),
    "calling": _l("Being called"),
    "done": _l("Made"),
    "cancelled": _l("Not needed"),
}
MEANS: Words = {
    "person": _l("By a person"),
    "call": _l("By an automated call"),
    "call_then_person": _l("By an automated call, then a person"),
}
# why an automated call came to nothing; rules of the contact policy and causes of the network have their own words
GIVEN_BACK: Words = {
    "low_score": _l("Rated us low"),
    "no_score": _l("Hung up before the rating"),
    "hung_up": _l("Hung up before an answer"),
    "refused": _l("Did not want to talk"),
    "asked_for_person": _l("Asked for a person"),
    "taken_over": _l("Taken over by a colleague"),
    "no_time": _l("No time left for an automated call"),
    "no_number": _l("No number to call"),
    "no_channel": _l("No line is to be used"),
    "text_one_way": _l("A text could not be answered"),
    "no_address": _l("No address to write to"),
    "suppressed": _l("Wants no contact"),
    "not_posted": _l("The letter was not posted"),
    "no_step": _l("Step no longer in the plan"),
    "flow_not_published": _l("The call flow is not published"),
    "no_time_suits": _l("None of the times suited"),
    "time_taken": _l("The time chosen was taken meanwhile"),
    "content": _l("There was nothing to say or offer"),
    "block_used": _l("Would repeat what an earlier call said"),
    "unknown": _l("Not known whether the call was made"),
    # and why nobody calls any more
    "answered": _l("The customer has answered"),
    "moved_on": _l("The work order has moved on"),
    "erased": _l("The customer was erased"),
}
QUESTIONS: Words = {
    "takes_part": _l("Takes part"),
    "identity": _l("Is the customer"),
    "satisfaction": _l("Satisfied, 1 to 5"),
    "friendliness": _l("Friendly staff, 1 to 5"),
    "on_time": _l("Finished on time"),
    "decision": _l("Appointment"),
    "recommendation": _l("Would recommend us, 0 to 10"),
}
# what a key meant
KEYED: Words = {
    "yes": _l("Yes"),
    "no": _l("No"),
    "not_now": _l("Not now"),
    "book": _l("Wants a time"),
    "asked_for_person": _l("Asked for a person"),
    "confirmed": _l("Will come"),
    "cancelled": _l("Will not come"),
    "moved": _l("Comes at another time"),
    "booked": _l("Has booked a time"),
}
# the parts of a follow-up call, and what to say in each
BLOCKS: Words = {
    "usage": _l("How it runs"),
    "needs": _l("What they need"),
    "tips": _l("Tips"),
    "services": _l("Services"),
    "offers": _l("Offers"),
    "advice": _l("Advice"),
    "visit": _l("Next visit"),
}
HINTS: Words = {
    "usage": _l("How has it been running since the work? Any noise, any warning light?"),
    "needs": _l("Is there anything we should have done and did not? Anything you wish for?"),
    "tips": _l("One tip that fits the season and this vehicle."),
    "services": _l("What we do besides repairs: collection, replacement car, roadside help."),
    "offers": _l("What is on offer now and fits the vehicle."),
    "advice": _l("What the workshop advised and was left undone."),
    "visit": _l("When the next service is due, and a day for it."),
}
DEMANDS: Words = {
    "none": _l("Nothing"),
    "demand": _l("A demand"),
    "wish": _l("A wish"),
    "complaint": _l("A complaint"),
}
REPLIES: Words = {"answered": _l("Answered on the call"), "pending": _l("Has to be looked into")}
OUTCOMES: Words = {
    "reached": _l("Spoke with the customer"),
    "no_answer": _l("No answer"),
    "busy": _l("Busy"),
    "wrong_number": _l("Wrong number"),
    "refused": _l("Did not want to talk"),
    "message_left": _l("Message left"),
    "no_content": _l("Nothing was said"),
}
CASE_KINDS: Words = {
    "demand": _l("Demand"),
    "wish": _l("Wish"),
    "complaint": _l("Complaint"),
    "repair": _l("Repair"),
    "enquiry": _l("Enquiry"),
    "low_score": _l("Low score"),
    "praise": _l("Praise"),
    "compensation": _l("Compensation"),
    "special": _l("Special request"),
    # what callers ask for in the flows we ship
    "repair_status": _l("How far a repair is"),
    "repair_late": _l("Repair is late"),
    "order_status": _l("Order or delivery"),
    "warranty": _l("Warranty"),
    "appointment": _l("Appointment"),
    "sign_up": _l("Sign-up for an event"),
    "call_back": _l("Call back"),
    "roadside": _l("Roadside help"),
}
CASE_STATES: Words = {
    "open": _l("To be solved"),
    "solved": _l("Customer to be told"),
    "told": _l("Is the customer satisfied?"),
    "closed": _l("Closed"),
}
CASE_LOOKS: Mapping[str, Look] = {
    "open": ("warn", "inbox"),
    "solved": ("info", "phone-outgoing"),
    "told": ("info", "circle-help"),
    "closed": ("good", "check"),
}
CASE_HISTORY: Words = {
    "opened": _l("Opened"),
    "solved": _l("Solved"),
    "told": _l("Customer told"),
    "reopened": _l("Opened again"),
    "closed": _l("Closed"),
    "handed_over": _l("Handed to a department"),
    "escalated": _l("Put before a supervisor"),
    "noted": _l("Noted"),
    "given": _l("Given to somebody else"),
}
LETTERS: Words = {"notice": _l("Notice"), "invitation": _l("Invitation"), "reply": _l("Reply")}
LETTER_MEANS: Words = {"fax": _l("Fax"), "post": _l("Post")}
EVENT_KINDS: Words = {
    "social": _l("Social event"),
    "discount": _l("Special offer"),
    "free_service": _l("Free service"),
}
POST_CAUSES: Words = {
    "moved": _l("Moved away"),
    "refused": _l("Not accepted"),
    "unclaimed": _l("Not collected"),
    "bad_address": _l("Wrong address"),
    "not_posted": _l("Not posted"),
}
LETTER_STATES: Words = {
    "made": _l("Made"),
    "sent": _l("Sent"),
    "delivered": _l("Delivered"),
    "failed": _l("Failed"),
}
CLOSINGS: Words = {"satisfied": _l("Satisfied"), "overridden": _l("Closed by a supervisor")}
TABLES: Mapping[str, Words] = {
    "follow_up": FOLLOW_UPS,
    "follow_up_state": FOLLOW_UP_STATES,
    "means": MEANS,
    "question": QUESTIONS,
    "keyed": KEYED,
    "block": BLOCKS,
    "block_hint": HINTS,
    "demand": DEMANDS,
    "reply": REPLIES,
    "call_outcome": OUTCOMES,
    "case_kind": CASE_KINDS,
    "case_state": CASE_STATES,
    "case_history": CASE_HISTORY,
    "closing": CLOSINGS,
    "event_kind": EVENT_KINDS,
    "letter_kind": LETTERS,
    "post_cause": POST_CAUSES,
}


def case_words(effect: str) -> str:
    """What a case noted by a step of a call is about: its kind, and what the caller left."""
    noted = details.read(effect)
    kind = noted.get("kind", "")
    left = {name: value for name, value in noted.items() if name not in TAKEN}
    return " · ".join(filter(None, (str(CASE_KINDS.get(kind, kind)), said(details.told(left)))))
