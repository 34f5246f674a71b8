"""Storms: the real processes are killed and stalled at every boundary, the carrier misbehaves, and its ledger judges."""
