"""
Work orders, vehicles and files from a CSV or XLSX file, read by the rules of customers/importing and told of the same way.

    with path.open("rb") as stream:
        report = import_file(database, tenant, stream, "orders", who="import:jobs.csv")

What each may hold: fields.py. A row about something that is not there yet enters it, a batch at a time; one that says something new of
what is there changes it as the API or the workshop's own system would (a job goes forward only); one that says nothing new is a
duplicate. Jobs that were over before they came to us bring no promises whose days have passed.
"""

from aftersales.importing.running import KINDS, import_file

__all__ = ["KINDS", "import_file"]
