"""The examples of docs/api.md are true."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from flask import Flask

from tests.api import Program
from tests.console.world import DRAFT

ROOT = Path(__file__).parent.parent.parent.parent
EXAMPLES = [line for line in (ROOT / "docs/api.md").read_text().splitlines() if line.startswith("curl ")]
FILES = {
    "@list.csv": b"name,mobile\nZhao,13911110009\n",
    "@autumn.yaml": yaml.safe_dump({**DRAFT, "name": "Autumn"}, allow_unicode=True).encode(),
}


def test_every_example_works_in_order(app: Flask, crm: Program) -> None:
    assert len(EXAMPLES) >= 9
    for example in EXAMPLES:
        words = shlex.split(example)
        [url] = [word for word in words if word.startswith("$API")]
        parts = urlsplit(url.removeprefix("$API"))
        flags = list(pairwise(words))
        headers = dict(re.split(r":\s*", value, maxsplit=1) for flag, value in flags if flag == "-H")
        assert headers["Authorization"] == "Bearer $TOKEN"
        body = next((value for flag, value in flags if flag in ("-d", "--data-binary")), "")
        path = parts.path.removeprefix("/api/v1").replace("/campaigns/1/forecast", "/campaigns/3/forecast")
        answer = crm.ask(
            "POST" if ("-X", "POST") in flags else "GET",
            f"{path}?{parts.query}",
            data=FILES.get(body, body.encode()),
            headers={**headers, "Authorization": f"Bearer {crm.token}"},
        )
        assert answer.status_code < 300, f"{example}\n{answer.text}"
