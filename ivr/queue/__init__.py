"""Callers who wait for a person: their places, the agents, who is offered whom, and what it came to."""
