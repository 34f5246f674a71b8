"""Steps of jobs and states of appointments as sentences name them: in English by their codes, in Chinese as the console does."""

from __future__ import annotations

from collections.abc import Mapping

from core.sentences import Sentence

STEPS: Mapping[str, Sentence] = {
    "reception": Sentence("reception"),
    "intake": Sentence("intake"),
    "workshop": Sentence("workshop"),
    "extra_work": Sentence("extra_work"),
    "taken_back": Sentence("taken_back"),
    "ready": Sentence("ready"),
    "delivered": Sentence("delivered"),
    "followed_up": Sentence("followed_up"),
    "cancelled": Sentence("cancelled"),
}
APPOINTMENTS: Mapping[str, Sentence] = {
    "offered": Sentence("offered"),
    "booked": Sentence("booked"),
    "confirmed": Sentence("confirmed"),
    "kept": Sentence("kept"),
    "missed": Sentence("missed"),
    "moved": Sentence("moved"),
    "cancelled": Sentence("cancelled"),
    "expired": Sentence("expired"),
}
