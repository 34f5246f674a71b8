"""
Customers from a CSV or XLSX file, as a stream: good rows go in, every bad one is told with line, column and what to enter.

    with path.open("rb") as stream:
        report = import_customers(database, tenant, stream, at=clock.now())

Encodings: UTF-8, UTF-16, GB18030, Windows-1252 (reading.py says how they are told apart). Separators: comma, semicolon,
tab. Workbooks: sheets.py. Headings: English or Chinese (columns.py). What is wrong with a row: problems.py.
"""

from customers.importing.columns import FIELDS, guess
from customers.importing.importing import Checkpoint, Done, Report, import_customers
from customers.importing.problems import REASONS, Rejection

__all__ = ["FIELDS", "REASONS", "Checkpoint", "Done", "Rejection", "Report", "guess", "import_customers"]
