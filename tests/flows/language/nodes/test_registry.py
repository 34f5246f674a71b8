from __future__ import annotations

import inspect
import textwrap
from pathlib import Path
from typing import get_args

import pytest

from flows.language import nodes
from flows.language.load import load
from flows.language.nodes import NODES, AnyNode
from tests.flows.samples import document

FOLDER = Path(nodes.__file__).parent
TOP = """
variables:
  company: {}
  agent_number: {type: phone}
  job: {type: digits}
  job_number: {type: digits}
  score: {type: number}
  call_back_to: {type: digits}
  topic: {}
  job_state: {}
  job_promised: {type: date}
  case_number: {type: digits}
  case_due: {type: date}
  plate_digits: {type: digits}
  fax_number: {type: digits, max_length: 15}
hours: {desk: {week: {mon-fri: [09:00-17:00]}}}
"""
OTHERS = "status prove address price_list tell unknown ask_again say_it wish once_more recommend to_caller main repair greeting message thanks sorry delighted found stop register jingle staffed"


def example(kind: str) -> str:
    """The YAML in the docstring of *kind*."""
    paragraphs = textwrap.dedent(inspect.getdoc(NODES[kind]) or "").split("\n\n")
    return textwrap.dedent(next(one for one in paragraphs if f"kind: {kind}" in one))


@pytest.mark.parametrize("kind", NODES)
def test_the_docstring_shows_yaml_that_loads(kind: str) -> None:
    shown = example(kind)
    name = shown.split(":")[0].strip()
    named = {name, "agent", "bye"}
    shown = shown.replace(f"{name}:", "it:", 1)
    others = "\n".join(f"  {other}: {{kind: hangup}}" for other in OTHERS.split() if other not in named)
    others += "" if name in ("it", "agent", "bye") else f"\n  {name}: {{kind: hangup}}"

    flow = load(document(textwrap.indent(shown, "  ") + "\n" + others, TOP))

    assert flow.nodes["it"].kind == kind


def test_every_file_is_a_registered_kind() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} - {"__init__"} == NODES.keys()
    assert {model.KIND for model in NODES.values()} == NODES.keys()
    assert set(get_args(AnyNode)) == set(NODES.values())


def test_every_kind_has_its_cases() -> None:
    tested = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}

    assert tested - {"registry"} == NODES.keys()
