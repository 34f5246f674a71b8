"""
Customers from a CSV or XLSX file, as a stream: good rows go in, every bad one is told with line, column and what to enter.

    with path.open("rb") as stream:
        report = import_customers(database, tenant, stream, at=clock.now())

Encodings: UTF-8, UTF-16, GB18030, Windows-1252 (reading.py says how they are told apart). Separators: comma, semicolon,
tab. Workbooks: sheets.py. Fields and their headings in English and Chinese: fields.py. What is wrong with a row: problems.py.
Other kinds of file are read by the same rules; what they may hold is their Vocabulary.
"""

from customers.importing.fields import FIELDS
from customers.importing.importing import Checkpoint, Done, import_customers
from customers.importing.problems import REASONS, Rejection
from customers.importing.report import Report

__all__ = ["FIELDS", "REASONS", "Checkpoint", "Done", "Rejection", "Report", "import_customers"]
