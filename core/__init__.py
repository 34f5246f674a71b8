"""The floor everything stands on: knows no campaign, no menu, no page."""
