"""Refusals with Twilio's numbers, words and body: {"code", "message", "more_info", "status"}."""

from __future__ import annotations

ERRORS: dict[int, tuple[int, str]] = {
    10004: (429, "Call concurrency limit exceeded"),
    20001: (400, "{}"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20404: (404, "The requested resource {} was not found"),
    20413: (413, "The request is larger than {} bytes"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20503: (503, "Service Unavailable"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url parameter is required."),
    21210: (400, "The source phone number provided, {}, is not yet verified for your account."),
    21211: (400, "Invalid 'To' Phone Number: {}"),
    21212: (400, "Invalid 'From' Phone Number: {}"),
    21213: (400, "'From' phone number is required"),
    21214: (400, "'To' phone number cannot be reached: {}"),
    21215: (400, "Account not authorized to call {}. Perhaps you need to enable some geo permissions"),
    21216: (400, "Account not allowed to call {}"),
    21217: (400, "Phone number does not appear to be valid: {}"),
    21218: (400, "Invalid ApplicationSid"),
    21220: (400, "Call is not in-progress. Cannot redirect."),
    21408: (400, "Permission to send an SMS has not been enabled for the region of {}"),
    21601: (400, "Phone number is not a valid SMS-capable inbound phone number: {}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {} is not a valid, SMS-capable phone number for your account."),
    21609: (400, "The URL {} is not valid."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages: {}"),
    21612: (400, "The 'To' phone number {} is not currently reachable via SMS"),
    21614: (400, "'To' number is not a valid mobile number: {}"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21620: (400, "Invalid media URL: {}"),
    21623: (400, "Number of media files exceeds allowed limit of 10"),
    21701: (404, "The messaging service {} does not exist"),
    22005: (429, "The call queue is full: more than {} seconds of calls are waiting"),
}


class Refusal(Exception):
    """A request that is not carried out."""

    def __init__(self, code: int, about: object = "") -> None:
        status, template = ERRORS[code]
        super().__init__(template.format(about))
        self.code, self.status = code, status

    def body(self) -> dict[str, object]:
        """The answer's body."""
        return {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
