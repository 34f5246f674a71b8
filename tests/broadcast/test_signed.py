"""A marketing text to China says who sends it and how to refuse further ones (CN-1, CN-6), or it is not launched."""

from __future__ import annotations

import json

import pytest

from broadcast import signed
from core.errors import Invalid
from core.models import Tenant
from customers.segments import Member
from tests.broadcast.conftest import House

SHANGHAI, BOSTON = "+8613811110001", "+16175552001"
UNSIGNED, NO_WAY = "enter the company's name between 【 and 】", "enter such as 拒收请拨400-820-5501按1"
TEXTS = [
    ("【湖滨汽车】保养八折,拒收请拨400-820-5501按1", ""),
    ("保养八折,退订请拨400-820-5501【湖滨汽车】", ""),
    ("【{{ company }}】保养八折,拒收请致电 {{ opt_out_phone }}", ""),
    ("Lakeside: 20% off. To stop, call 400-820-5501 and press 1", ""),
    ("Winter sale: 20% off. To stop, call 400-820-5501 and press 1", UNSIGNED),
    ("Lakeside: 保养八折,拒收请拨400-820-5501", UNSIGNED),
    ("【Lakeside】 20% off. To stop, call 400-820-5501 and press 1", ""),
    ("【湖滨】保养八折,拒收请回复R", ""),
    ("湖滨汽车:保养八折,拒收请拨400-820-5501", UNSIGNED),
    ("保养【八折】优惠,拒收请拨400-820-5501", UNSIGNED),
    ("【 】保养八折,拒收请拨400-820-5501", UNSIGNED),
    ("[湖滨汽车]保养八折,拒收请拨400-820-5501", UNSIGNED),
    ("【湖滨汽车】保养八折", NO_WAY),
    ("【湖滨汽车】保养八折,预约请拨400-820-5501", NO_WAY),
    ("【湖滨汽车】保养八折,谢绝拒收", NO_WAY),
]


def fault(text: str, address: str | None = SHANGHAI, policy: dict[str, object] | None = None) -> str:
    tenant = Tenant(id=1, name="Lakeside 湖滨", policy=policy or {})
    try:
        signed.check_text(
            tenant,
            {"texts": {"zh": {"text": text}}, "variables": {}},
            Member(1, address, "zh", {}),
            "waves[2]",
        )
    except Invalid as error:
        return error.message
    return ""


@pytest.mark.parametrize(("text", "lacks"), TEXTS)
def test_what_is_lacking_is_said_with_what_to_enter(text: str, lacks: str) -> None:
    assert lacks in (said := fault(text))
    assert bool(said) == bool(lacks)
    assert said.startswith("waves[2].message.zh.text: ") or not said


def test_both_are_said_at_once() -> None:
    said = fault("保养八折")

    assert UNSIGNED in said
    assert NO_WAY in said


@pytest.mark.parametrize(
    ("address", "policy"),
    [
        pytest.param(BOSTON, {}, id="another country"),
        pytest.param(None, {}, id="no number"),
        pytest.param(
            SHANGHAI, {"figures": {"cn": {"text": None}}}, id="a company that has it added by its carrier"
        ),
    ],
)
def test_it_is_the_countrys_rule(address: str | None, policy: dict[str, object]) -> None:
    assert fault("保养八折", address, policy) == ""


@pytest.mark.storage
@pytest.mark.parametrize(
    ("purpose", "text", "said"),
    [
        pytest.param("marketing", "保养八折", "message.zh.text: a marketing text", id="marketing"),
        pytest.param("marketing", TEXTS[0][0], "", id="marketing, as it should be"),
        pytest.param("service", "您的车已修好", "", id="service"),
    ],
)
def test_a_launch_is_refused_for_the_language_at_fault(
    both: House, purpose: str, text: str, said: str
) -> None:
    both.customer("王女士", SHANGHAI, language="zh")
    both.customer("Ann", BOSTON, language="en")
    message = json.dumps({"en": {"text": "20% off"}, "zh": {"text": text}}, ensure_ascii=False)
    both.run("create", str(both.write(purpose=purpose, message=message)))

    found = both.run("launch", "1")

    assert (found.exit_code == 1) == bool(said), found.output
    assert said in found.output
