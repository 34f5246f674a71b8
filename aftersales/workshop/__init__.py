"""The workshop's own system tells us how jobs get on: signed, in any order, as often as it likes."""
