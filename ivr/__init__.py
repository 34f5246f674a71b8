"""The hotline: answers calls, plays flows, keeps what was pressed and said."""
