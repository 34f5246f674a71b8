from __future__ import annotations

import inspect
import json
import re
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from flows.language.finding import Finding
from flows.language.lint import CHECKS, Rules, lint, token_chars
from flows.language.load import load
from flows.language.turn import State
from flows.language.ways import shortest
from flows.publish import library, library_names

HOTLINE = """
name: sample
direction: inbound
purpose: service
languages: {en: {}, zh: {}}
default_language: en
start: hello
person: agent
variables: {company: {max_length: 40}, job: {type: digits}}
nodes:
  hello: {kind: say, text: {en: "Welcome to {{ company }}.", zh: "欢迎致电{{ company }}。"}, next: main}
  main:
    kind: menu
    options:
      "1": {text: {en: "For repairs, press 1.", zh: "维修请按1。"}, next: ask}
      "2": {text: {en: "To say goodbye, press 2.", zh: "再见请按2。"}, next: bye}
    otherwise: agent
  ask:
    kind: collect
    text: {en: "Enter your job number.", zh: "请输入单号。"}
    store: job
    max_digits: 8
    next: told
    otherwise: agent
  told: {kind: say, text: {en: "Job {{ job }}.", zh: "单号{{ job }}。"}, next: bye}
  agent: {kind: dial, number: "+18005550100", failed: bye}
  bye: {kind: hangup, text: {en: "Goodbye.", zh: "再见。"}}
"""
CAMPAIGN = """
name: sample
direction: outbound
purpose: marketing
languages: {en: {}, zh: {}}
default_language: en
start: invitation
anywhere: {"9": stop}
variables: {company: {}, score: {type: digits, max_length: 2}}
nodes:
  invitation:
    kind: menu
    text:
      en: "This is {{ company }}. To stop these calls, press 9. We have news for you."
      zh: "这里是{{ company }}。不想再接到此类电话请按9。有好消息告诉您。"
    options:
      "1": {text: {en: "To hear more, press 1.", zh: "继续收听请按1。"}, next: ask}
    otherwise: bye
  ask:
    kind: collect
    text: {en: "How do you like it?", zh: "您喜欢吗？"}
    store: score
    min_digits: 2
    max_digits: 2
    next: bye
    otherwise: bye
  stop: {kind: optout, scope: marketing, text: {en: "Done.", zh: "好的。"}}
  bye: {kind: hangup}
"""
MORE = "".join(
    f'      "{key}": {{text: {{en: "For {key}, press {key}.", zh: "第{key}项请按{key}。"}}, next: bye}}\n'
    for key in range(3, 7)
)
LONG = "word " * 700
ONE = '"1": {text: {en: "For repairs, press 1.", zh: "维修请按1。"}, next: ask}'
TWO = '"2": {text: {en: "To say goodbye, press 2.", zh: "再见请按2。"}, next: bye}'
SAID = "To stop these calls, press 9. "
SAY = "text: {en: Round., zh: 转。}"
PROOF = "{kind: proof, text: {en: Recorded., zh: 录音。}"
COUNTS = "variables: {company: {max_length: 40}, job: {type: digits}"


def chain(length: int) -> str:
    """*length* nodes, one after the other."""
    nodes = (
        f"  n{at}: {{kind: say, {SAY}, next: {f'n{at + 1}' if at + 1 < length else 'main'}}}"
        for at in range(length)
    )
    return "\n".join(nodes) + "\n  main:"


THERE = "    next: told\n    otherwise: agent\n"


def via(name: str, node: str) -> str:
    """The way from `ask` led to a new *node*."""
    return f"    next: {name}\n    otherwise: agent\n  {name}: {node}\n"


def menu(name: str, after: str) -> str:
    """A menu that leads to *after*."""
    option = f'"1": {{text: {{en: "To go on, press 1.", zh: "继续请按1。"}}, next: {after}}}'
    return f"  {name}: {{kind: menu, options: {{{option}}}, otherwise: bye}}\n"


# label: (document, what is replaced, by what, level, code, node)
# fmt: off
BROKEN = {
    "a node nobody gets to": (HOTLINE, 'nodes:\n', 'nodes:\n  attic: {kind: hangup}\n', 'error', 'unreachable', 'attic'),
    "a circle without an end": (HOTLINE, THERE, via('loop', '{kind: say, ' + SAY + ', next: loop}'), 'error', 'uncounted_loop', 'loop'),
    "a circle of two": (HOTLINE, 'zh: "单号{{ job }}。"}, next: bye}', 'zh: "单号{{ job }}。"}, next: more}\n  more: {kind: play, audio: {en: a, zh: b}, next: told}', 'error', 'no_end', 'told'),
    "recordings for ever": (HOTLINE, THERE, via('tape', '{kind: record, box: x, ' + SAY + ', next: tape, otherwise: told}'), 'error', 'uncounted_loop', 'tape'),
    "a language asked for ever": (HOTLINE, 'zh: "欢迎致电{{ company }}。"}, next: main}\n', 'zh: "欢迎致电{{ company }}。"}, next: pick}\n  pick: {kind: language, options: {"1": {language: zh, text: 按1}, "2": {language: en, text: Press 2}}, next: hello}\n', 'error', 'uncounted_loop', 'hello'),
    "dialling for ever": (HOTLINE, '"+18005550100", failed: bye', '"+18005550100", failed: agent', 'error', 'uncounted_loop', 'agent'),
    "a chain too long for one turn": (HOTLINE, '  main:', chain(60), 'error', 'chain_too_long', None),
    "a menu four deep": (HOTLINE, THERE, THERE.replace('told', 'm2') + menu('m2', 'm3') + menu('m3', 'm4') + menu('m4', 'told'), 'warning', 'menu_too_deep', 'm4'),
    "nobody at zero": (HOTLINE, 'person: agent\n', '', 'error', 'person_missing', 'main'),
    "a menu at zero": (HOTLINE, 'person: agent', 'person: main', 'error', 'person_unreachable', 'main'),
    "a goodbye at zero": (HOTLINE, TWO, TWO + '\n      "0": {text: {en: "Press 0.", zh: "按0。"}, next: bye}', 'error', 'person_unreachable', 'main'),
    "six options": (HOTLINE, '    otherwise: agent\n  ask', MORE + '    otherwise: agent\n  ask', 'error', 'too_many_options', 'main'),
    "five options": (HOTLINE, '    otherwise: agent\n  ask', ''.join(MORE.splitlines(keepends=True)[:3]) + '    otherwise: agent\n  ask', 'warning', 'many_options', 'main'),
    "keys that go down": (HOTLINE, f'{ONE}\n      {TWO}', f'{TWO}\n      {ONE}', 'error', 'keys_order', 'main'),
    "keys with a gap": (HOTLINE, TWO, TWO.replace('2', '3'), 'warning', 'keys_gap', 'main'),
    "a key nobody names": (HOTLINE, 'For repairs, press 1.', 'For repairs.', 'error', 'key_unspoken', 'main'),
    "a key nobody names in chinese": (HOTLINE, '维修请按1。', '维修。', 'error', 'key_unspoken', 'main'),
    "a key named wrongly": (HOTLINE, 'For repairs, press 1.', 'For repairs, press 11.', 'error', 'key_unspoken', 'main'),
    "the key before its purpose": (HOTLINE, 'For repairs, press 1.', 'Press 1 for repairs.', 'warning', 'key_first', 'main'),
    "the key before its purpose in chinese": (HOTLINE, '维修请按1。', '请按1维修。', 'warning', 'key_first', 'main'),
    "a text in one language": (HOTLINE, ', zh: "请输入单号。"', '', 'error', 'text_missing', 'ask'),
    "a clip in one language": (HOTLINE, THERE, via('clip', '{kind: play, audio: {en: a}, next: told}'), 'error', 'text_missing', 'clip'),
    "a text in a language nobody chose": (HOTLINE, 'zh: "再见。"', 'zh: "再见。", fr: "Adieu."', 'error', 'language_unknown', 'bye'),
    "a phrase in a language nobody chose": (HOTLINE, 'nodes:', 'texts: {goodbye: {fr: [Adieu.]}}\nnodes:', 'error', 'language_unknown', ''),
    "a text of blanks": (HOTLINE, 'en: "Goodbye."', 'en: "   "', 'error', 'text_empty', 'bye'),
    "a broken placeholder": (HOTLINE, 'Job {{ job }}.', 'Job {{ job }}, {{ job.', 'error', 'placeholder_broken', 'told'),
    "a filter in a placeholder": (HOTLINE, 'Job {{ job }}.', 'Job {{ job|upper }}.', 'error', 'placeholder_broken', 'told'),
    "a sentence no carrier reads": (HOTLINE, 'Job {{ job }}.', LONG, 'error', 'sentence_too_long', 'told'),
    "a text nobody listens to": (HOTLINE, 'Job {{ job }}.', 'word ' * 40, 'warning', 'prompt_long', 'told'),
    "an undeclared placeholder": (HOTLINE, 'Job {{ job }}.', 'Job {{ jobb }}.', 'error', 'variable_unknown', 'told'),
    "an undeclared store": (HOTLINE, 'store: job', 'store: jobb', 'error', 'variable_unknown', 'ask'),
    "an undeclared branch": (HOTLINE, THERE, via('fork', '{kind: branch, variable: tier, cases: {gold: bye}, otherwise: told}'), 'error', 'variable_unknown', 'fork'),
    "a variable without a use": (HOTLINE, COUNTS, COUNTS + ', spare: {}', 'warning', 'variable_unused', ''),
    "a variable named like a number": (HOTLINE, COUNTS, COUNTS + ', caller: {}', 'error', 'variable_taken', ''),
    "a default too long": (HOTLINE, 'max_length: 40', 'max_length: 4, default: Company', 'error', 'variable_too_short', ''),
    "digits in a text variable": (HOTLINE, 'job: {type: digits}', 'job: {type: text}', 'error', 'variable_type', 'ask'),
    "more digits than fit": (HOTLINE, 'job: {type: digits}', 'job: {type: digits, max_length: 4}', 'error', 'variable_too_short', 'ask'),
    "a number that is a text": (HOTLINE, '"+18005550100"', '"{{ company }}"', 'error', 'variable_type', 'agent'),
    "a secret said aloud": (HOTLINE, 'store: job', 'secret: true\n    store: job', 'error', 'secret_spoken', 'told'),
    "a state no link holds": (HOTLINE, 'max_length: 40', 'max_length: 300', 'error', 'state_too_long', ''),
    "a language without phrases": (HOTLINE, 'zh: {}', 'fr: {voice: Polly.Lea}', 'error', 'phrase_missing', ''),
    "a language without a voice": (HOTLINE, 'zh: {}', 'fr: {}', 'error', 'voice_missing', ''),
    "no way to stop the calls": (CAMPAIGN, 'anywhere: {"9": stop}\n', '', 'error', 'optout_missing', 'invitation'),
    "a stop nobody hears of": (CAMPAIGN, SAID, '', 'error', 'optout_unspoken', 'invitation'),
    "a stop nobody hears of in chinese": (CAMPAIGN, '不想再接到此类电话请按9。', '', 'error', 'optout_unspoken', 'invitation'),
    "a stop heard too late": (CAMPAIGN, SAID + 'We have news for you.', 'We have news for you, and it is the best of news. ' + SAID, 'error', 'optout_late', 'invitation'),
    "a caller without a name": (CAMPAIGN, 'This is {{ company }}. ', 'Hello. ', 'error', 'caller_unnamed', 'invitation'),
    "a stop that is an answer": (CAMPAIGN, 'min_digits: 2', 'min_digits: 1', 'error', 'optout_shadowed', 'ask'),
    "a machine left without a number": (CAMPAIGN, 'nodes:\n', 'machine: voicemail\nnodes:\n  voicemail: {kind: hangup, text: {en: "{{ company }} called.", zh: "{{ company }}来电。"}}\n', 'error', 'machine_unstoppable', 'voicemail'),
    "a flow left for another": (HOTLINE, THERE, via('gone', '{kind: handover, to: menu}'), 'error', 'handover_misplaced', 'gone'),
    "a person's order told to anybody": (HOTLINE, THERE, via('look', '{kind: lookup, what: work_order, by: {number: "{{ job }}"}, store: {state: company}, next: told, not_found: told, unavailable: told}'), 'error', 'unverified', 'look'),
    "a date that is gone once the caller has answered": (HOTLINE, 'job: {type: digits}}', 'job: {type: digits, lasts: turn}}', 'error', 'variable_gone', 'told'),
    "a name told before a key": (CAMPAIGN.replace('company: {}', 'company: {}, name: {}'), 'We have news', '{{ name }}, we have news', 'error', 'personal_too_soon', 'invitation'),
    "a secret on a recording": (HOTLINE, THERE, via('kept', PROOF + ', next: pin}\n  pin: {kind: collect, secret: true, store: job, max_digits: 4, text: {en: "Your PIN.", zh: "密码。"}, next: bye, otherwise: agent}'), 'error', 'secret_recorded', 'pin'),
    "a recording of a recorded call": (HOTLINE, THERE, via('kept', PROOF + f', next: again}}\n  again: {PROOF}, next: bye}}'), 'error', 'recorded_twice', 'again'),
    "a recording of a machine": (CAMPAIGN, '    otherwise: bye\n  ask:', f'    otherwise: kept\n  kept: {PROOF}, next: bye}}\n  ask:', 'error', 'recorded_unasked', 'kept'),
    "a language no carrier understands": (HOTLINE.replace('  ask:\n', '  say_it: {kind: speech, options: {"1": {text: {en: "For repairs, say repair or press 1.", zh: "维修请说维修或按1。"}, says: {en: [repair], zh: [维修]}, next: ask}}, otherwise: agent}\n  ask:\n').replace('next: main}', 'next: say_it}'), 'zh: {}}', 'zh: {}, fr: {voice: Polly.Lea, tag: fr-FR}}', 'error', 'hearing_missing', 'say_it'),
    "a call that only talks": (CAMPAIGN, 'start: invitation', 'start: bye', 'error', 'optout_missing', 'bye'),
}
# fmt: on


def findings(document: str) -> list[Finding]:
    """What lint says of *document* under the default rules."""
    return lint(load(document), Rules())


@pytest.mark.parametrize("document", [HOTLINE, CAMPAIGN], ids=["hotline", "campaign"])
def test_nothing_is_found_in_a_sound_flow(document: str) -> None:
    assert findings(document) == []


@pytest.mark.parametrize("label", BROKEN)
def test_what_is_broken_is_found_with_its_remedy(label: str) -> None:
    document, old, new, level, code, node = BROKEN[label]
    assert old in document

    found = findings(document.replace(old, new, 1))

    places = [(one.level, one.code, one.node) for one in found]
    assert (level, code, node) in places or (
        node is None and (level, code) in [place[:2] for place in places]
    )
    assert all(one.flow == "sample" and len(one.message) > 15 for one in found)


def test_every_fault_lint_can_find_is_in_the_table() -> None:
    """Codes stand beside their level wherever a check makes a finding."""
    sources = [Path(inspect.getfile(check)) for check in (*CHECKS, lint)]
    made = {
        code for path in sources for code in re.findall(r'"(?:error|warning)", "(\w+)"', path.read_text())
    }

    # needs to be told which prompts there are: tests/flows/test_prompts.py; the others: tests/flows/language/nodes/test_transfer.py
    elsewhere = {"prompt_missing", "transfer_misplaced", "several_teams"}
    assert made - elsewhere == {code for *_, code, _ in BROKEN.values()}


# label: (node, the answers that lead there)
WAYS = {
    "at the start": ("main", ()),
    "after a key": ("ask", ("1",)),
    "after digits": ("told", ("1", "digits")),
    "the shorter of two": ("bye", ("2",)),
    "the person": ("agent", ("nothing",)),
}


@pytest.mark.parametrize("label", WAYS)
def test_the_way_to_each_node_is_the_fewest_answers(label: str) -> None:
    node, path = WAYS[label]

    assert shortest(load(HOTLINE))[node] == path


def test_a_finding_tells_how_a_caller_gets_there() -> None:
    (found,) = findings(HOTLINE.replace("Job {{ job }}.", "word " * 40))

    assert found.path == ("1", "digits")
    assert str(found).startswith("sample, node told, after 1, digits: ")


@pytest.mark.parametrize("name", library_names())
def test_every_node_of_a_shipped_flow_can_be_got_to(name: str) -> None:
    flow = load(library(name))

    ways = shortest(flow)

    assert ways.keys() == flow.nodes.keys()
    assert max(map(len, ways.values())) < len(flow.nodes)


@pytest.mark.parametrize(
    ("purpose", "codes"),
    [
        pytest.param("marketing", {"optout_missing"}, id="advertising needs it"),
        pytest.param("service", {"optout_missing"}, id="so do surveys"),
        pytest.param("transactional", set(), id="a notice about one's own order does not"),
    ],
)
def test_who_must_offer_an_opt_out_is_for_the_rules_to_say(purpose: str, codes: set[str]) -> None:
    document = CAMPAIGN.replace("marketing\nlang", f"{purpose}\nlang").replace('anywhere: {"9": stop}\n', "")
    found = {one.code for one in findings(document)} - {"unreachable"}

    assert found == codes
    assert {one.code for one in lint(load(document), Rules(optout_for=frozenset()))} == {"unreachable"}


def test_a_survey_may_name_the_stop_key_later_in_its_first_prompt() -> None:
    late = CAMPAIGN.replace(
        SAID + "We have news for you.", "We have news for you, and it is the best of news. " + SAID
    )

    assert findings(late.replace("purpose: marketing", "purpose: service")) == []


def test_the_size_of_the_state_is_foretold_as_it_is_encrypted() -> None:
    flow = load(HOTLINE)
    foretold = token_chars(flow, Rules(token_extra_bytes=0))
    counters = {"tries": 9, "repeats": 3, "errors": 9, "trouble": 1, "gave_up": 1}
    state = State(
        flow.hash, "hello", 60, "zh", counters, flow.carried({"company": "例" * 99, "job": "7" * 99})
    )
    plain = json.dumps(state.to_dict(), ensure_ascii=False, separators=(",", ":"))

    sealed = AESSIV(AESSIV.generate_key(512)).encrypt(plain.encode(), None)
    token = urlsafe_b64encode(b"8 bytes " + sealed)

    assert foretold - 30 <= len(token) <= foretold


@pytest.mark.parametrize("name", ["hotline", "survey", "promotion"])
def test_the_state_of_a_shipped_flow_fits_the_link(name: str) -> None:
    rules = Rules()

    assert token_chars(load(library(name)), rules) <= rules.token_chars


TOLD = """
name: sample
direction: outbound
purpose: transactional
languages: {en: {}}
default_language: en
start: opening
%s
variables: {company: {}, name: {}}
nodes:
  opening:
    kind: menu
    text: {en: "%s"}
    options:
      "1": {text: {en: "Press 1."}, next: known}
    otherwise: nobody
  known: {kind: hangup, text: {en: "Hello {{ name }}."}}
  nobody: {kind: hangup, text: {en: "%s"}}
  machine: {kind: hangup, text: {en: "%s"}}
"""


@pytest.mark.parametrize(
    ("top", "opening", "otherwise", "machine", "places"),
    [
        pytest.param("machine: machine", "Hello.", "Bye.", "Bye.", [], id="only after a key"),
        pytest.param("machine: machine", "Hello {{ name }}.", "Bye.", "Bye.", ["opening"], id="at once"),
        pytest.param("machine: machine", "Hello.", "Bye {{ name }}.", "Bye.", ["nobody"], id="after silence"),
        pytest.param("machine: machine", "Hello.", "Bye.", "Bye {{ name }}.", ["machine"], id="on a machine"),
        pytest.param(
            "machine: machine\npersonal: at_once",
            "Hello {{ name }}.",
            "Bye.",
            "Bye.",
            [],
            id="because the flow says so",
        ),
        pytest.param("machine: machine", "{{ company }}.", "Bye.", "Bye.", [], id="the company is no person"),
        pytest.param(
            'machine: machine\ntexts: {no_input: {en: "{{ name }}, press 1."}}',
            "Hello.",
            "Bye.",
            "Bye.",
            [""],
            id="in a standing phrase",
        ),
    ],
)
def test_nothing_personal_is_told_before_a_key(
    top: str, opening: str, otherwise: str, machine: str, places: list[str]
) -> None:
    found = lint(load(TOLD % (top, opening, otherwise, machine)), Rules())

    assert [finding.node for finding in found if finding.code == "personal_too_soon"] == places
