"""The call-flow language. Pure: no clock, no luck, no network, no database."""
