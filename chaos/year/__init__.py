"""A year of a workshop, played on a stepped clock and judged by the exchange's ledger and by what staff wrote down."""
