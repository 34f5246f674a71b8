"""What a played call sends is shown, to people and in the object, and nowhere where nothing is sent."""

from __future__ import annotations

from flows.golden import lines
from flows.language.turn import Effect
from flows.playing import Played, Sent, play, so_far
from tests.flows.samples import FACTS, sample

FLOW = sample(
    """
  it: {kind: collect, text: {en: Fax number., zh: 传真号。}, store: fax_number, max_digits: 15, next: texts, otherwise: bye}
  texts: {kind: sms, message: {en: "12 Lake Road.", zh: "湖滨路12号。"}, next: faxes, refused: bye, unavailable: bye}
  faxes:
    kind: fax
    number: "{{ fax_number }}"
    letter:
      en: {subject: Prices, paragraphs: ["Inspection: 39 dollars.", "Tyres: 80 dollars."]}
      zh: {subject: 价目表, paragraphs: ["检测：39元。"]}
    next: bye
    refused: no_fax
    unavailable: no_fax
  no_fax: {kind: case, case: call_back, next: bye, unavailable: bye}
""",
    "variables: {fax_number: {type: digits, max_length: 15}}",
)
KEYS = ("14155550177",)
TEXT = Sent("sms", "+14155550123", "12 Lake Road.")
FAX = Sent("fax", "14155550177", "Prices\n\nInspection: 39 dollars.\n\nTyres: 80 dollars.")


def test_what_the_caller_would_get_is_told() -> None:
    played = play(FLOW, KEYS, FACTS)

    assert played.turns[-1].sends == (TEXT, FAX)
    assert [turn.get("sends") for turn in played.to_dict()["turns"]] == [
        None,
        [
            {"by": "sms", "to": "+14155550123", "text": "12 Lake Road."},
            {"by": "fax", "to": "14155550177", "text": FAX.text},
        ],
    ]
    assert lines(played)[3:8] == [
        "(bye, en)",
        "  Goodbye.",
        "  [sms to +14155550123] 12 Lake Road.",
        "  [fax to 14155550177] Prices",
        "  [fax to 14155550177] Inspection: 39 dollars.",
    ]


def test_what_is_refused_is_not_sent() -> None:
    played = play(FLOW, KEYS, FACTS, {"fax": "not_allowed"})

    assert played.turns[-1].sends == (TEXT,)
    assert [effect.kind for effect in played.turns[-1].causes] == ["case"]


def test_a_call_goes_on_until_its_caller_hangs_up() -> None:
    assert so_far(FLOW, (), FACTS).ended == ""
    assert so_far(FLOW, KEYS, FACTS) == play(FLOW, KEYS, FACTS)
    hung_up: Played = play(FLOW, (), FACTS)
    assert (hung_up.ended, hung_up.turns[-1].answered) == ("hung_up", "(hangs up)")
    assert isinstance(hung_up.turns[-1].causes, tuple)
    assert not [one for one in hung_up.turns[-1].causes if isinstance(one, Effect)]
