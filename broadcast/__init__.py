"""Campaigns: who is to hear what, in which waves, and the proof of how it went."""
