"""The words staff read for the columns of a customer file and for what is wrong in one."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

# what a column of a customer file holds
FIELDS: Mapping[str, LazyString] = {
    "name": _l("Name"),
    "company": _l("Company"),
    "mobile": _l("Mobile number"),
    "phone": _l("Telephone number"),
    "fax": _l("Fax number"),
    "language": _l("Language"),
    "zone": _l("Time zone"),
    "address": _l("Address"),
    "state": _l("State or province"),
    "preferred_channel": _l("Preferred channel"),
    "reference": _l("Customer number"),
    "plate": _l("Plate"),
    "model": _l("Vehicle model"),
    "vehicle_kind": _l("Kind of vehicle"),
    "next_service": _l("Next service"),
    "consent_marketing": _l("Consent to marketing"),
    "consent_service": _l("Consent to service messages"),
    "tags": _l("Tags"),
}
# what is wrong with a file, a row or a cell of it, and what to enter
IMPORT_FAULTS: Mapping[str, LazyString] = {
    "empty_file": _l("The file is empty. It needs a line of headings and a line for each customer."),
    "no_rows": _l("The file has headings but no customers."),
    "no_number_column": _l(
        "No column holds telephone numbers. Name one mobile, phone or fax in the first line."
    ),
    "duplicate_heading": _l("Two columns are the same field. Rename one of them."),
    "bad_map": _l("Two columns are the same field. Choose another for one of them."),
    "unread_heading": _l("The line of headings cannot be read. Put it on one line and close its quotes."),
    "too_many_columns": _l("A file may have 200 columns."),
    "too_many_rows": _l("A file may have 2,000,000 customers. Import it in parts."),
    "bad_workbook": _l("No workbook that can be read. Save it as XLSX or CSV and send it again."),
    "old_workbook": _l("An old or locked workbook. Save it as XLSX without a password, or as CSV."),
    "workbook_too_big": _l("The workbook is too big. Import it in parts, or as CSV."),
    "no_sheet": _l("There is no such sheet in the workbook."),
    "no_upload": _l("This file is no longer kept. Send it again."),
    "unexpected": _l("Something went wrong on our side; it has been logged. Send the file again."),
    "file_too_big": _l("The file is too big. Import it in parts."),
    "too_many_cells": _l("More cells than headings. Put quotes around a cell that holds the separator."),
    "too_few_cells": _l("Fewer cells than headings. Leave a cell empty rather than out."),
    "unclosed_quote": _l("A quote opens here and is never closed. Close it, or double it."),
    "bad_quote": _l("Text follows a closing quote. Double a quote that belongs to the text."),
    "line_break": _l("A cell breaks the line in two. Write it on one line."),
    "row_too_long": _l("A row may have 65,536 characters."),
    "number_missing": _l("Enter at least one telephone number"),
    "number_invalid": _l("No such telephone number. Enter it like +14155550123"),
    "number_short": _l("Too short. Enter the whole number, like +14155550123"),
    "number_letters": _l("Enter digits only"),
    "number_extension": _l("Enter the number without an extension"),
    "number_spoiled": _l("Rounded by a spreadsheet. Format the column as text and enter it again"),
    "number_emergency": _l("An emergency number. Enter the customer's own"),
    "number_kind": _l("Cannot be contacted. Enter the customer's own number"),
    "reference_taken": _l("Another customer has this number. Correct it or leave it empty"),
    "cell_error": _l("An error of the spreadsheet. Mend the formula, or write the value"),
    "bad_byte": _l("Not readable in this encoding. Write it again and save as UTF-8"),
    "control_character": _l("Holds characters that cannot be printed. Write it again"),
    "too_long": _l("Too long for its field"),
    "bad_date": _l("Use a date like 2026-12-31"),
    "bad_zone": _l("Enter a time zone like America/New_York or Asia/Shanghai"),
    "bad_language": _l("Enter a language like en or zh"),
    "bad_state": _l("Enter a state by its two letters, like FL"),
    "bad_channel": _l("Enter voice, sms or fax"),
    "bad_consent": _l("Enter written, yes or no, or leave it empty"),
    "too_many_tags": _l("A customer may have 20 tags of 40 characters"),
}
# where an import stands
IMPORT_STATES: Mapping[str, LazyString] = {
    "checking": _l("Being checked"),
    "checked": _l("Checked, not imported"),
    "importing": _l("Being imported"),
    "finished": _l("Imported"),
    "failed": _l("Not imported"),
    "cancelled": _l("Stopped"),
}
