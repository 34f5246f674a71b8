"""The words staff read for the columns of a customer file, and for where its import stands."""

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
# where an import stands
IMPORT_STATES: Mapping[str, LazyString] = {
    "checking": _l("Being checked"),
    "checked": _l("Checked, not imported"),
    "importing": _l("Being imported"),
    "finished": _l("Imported"),
    "failed": _l("Not imported"),
    "cancelled": _l("Stopped"),
}
