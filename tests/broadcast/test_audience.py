"""Who a campaign is for: a segment, or a file of references and numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from broadcast import audience
from broadcast.models import Recipient
from core.models import Tenant
from core.tenants import clock
from tests.broadcast.conftest import House

FILE = {"audience": "{file: list.csv}"}


def create(house: House, rows: bytes | str, **more: str) -> str:
    """Make a campaign of a list; what the command says."""
    (house.folder / "list.csv").write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    return house.run("create", str(house.write(**{**FILE, **more}))).output


def chosen(house: House) -> list[int]:
    with house.runtime.database.reading(1) as session:
        return list(session.scalars(select(Recipient.customer_id).order_by(Recipient.customer_id)))


@pytest.fixture
def people(house: House) -> list[int]:
    return [
        house.customer("Ann", "+14155552001", reference="A-1"),
        house.customer("Bob", "+14155552002", reference="B-2"),
        house.customer("Cy", "+14155552003", "+14155552004"),
        house.customer("Dee", "+14155552004"),
    ]


@pytest.mark.parametrize(
    ("rows", "places"),
    [
        pytest.param("A-1\nB-2\n", [0, 1], id="references"),
        pytest.param("+14155552001\n(415) 555-2002\n", [0, 1], id="numbers as people write them"),
        pytest.param("A-1\n+14155552003\n", [0, 2], id="both"),
        pytest.param("A-1\nA-1\n+14155552001\n", [0], id="the same person three times"),
        pytest.param("\ufeffA-1\r\nB-2\r\n", [0, 1], id="as Excel saves it"),
        pytest.param("\n\nA-1\n\n  \n", [0], id="empty lines"),
        pytest.param('"A-1",Ann\n"B-2",Bob\n', [0, 1], id="further columns"),
        pytest.param(" A-1 \n", [0], id="spaces"),
        pytest.param("A-1", [0], id="no end of line"),
        pytest.param("A\0-1\n", [0], id="NUL"),
    ],
)
def test_a_file_names_customers(house: House, people: list[int], rows: str, places: list[int]) -> None:
    said = create(house, rows)

    assert chosen(house) == [people[place] for place in places], said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param("A-1\nnobody\n", "line 2: nobody: nobody has this reference or number; enter a customer's reference", id="nobody"),
        pytest.param("+14155552004\n", "line 1: +14155552004: 2 customers share this number; enter a customer's reference", id="a shared number"),
        pytest.param('"A\n-1"\nnobody\n', "line 3: nobody: nobody has", id="the line in the file, not the row"),
        pytest.param("", "audience.file: list.csv must name between 1 and 1,000,000 customers", id="empty"),
        pytest.param(b"A-1\n\xff\xfe\n", "audience.file: list.csv is no UTF-8 text with one customer a line", id="no UTF-8"),
        pytest.param("x" * 200_000, "audience.file: list.csv is no UTF-8 text with one customer a line", id="a line without end"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_which_line(
    house: House, people: list[int], rows: str | bytes, said: str
) -> None:
    found = create(house, rows)

    assert said in found
    assert "Traceback" not in found
    assert chosen(house) == []


def test_only_the_first_wrong_lines_are_listed(house: House) -> None:
    said = create(house, "".join(f"x{n}\n" for n in range(50)))

    assert "line 20: x19" in said
    assert "line 21" not in said
    assert "… and 30 more" in said


@pytest.mark.parametrize(
    "name",
    ["missing.csv", "../list.csv", "/etc/passwd", "..", ".", "sub/list.csv", "表" * 100],
)
def test_a_file_is_looked_for_only_beside_the_document(house: House, name: str) -> None:
    said = house.run("create", str(house.write(audience=f"{{file: {name}}}"))).output

    assert "audience.file:" in said
    assert "beside the campaign's document" in said


def test_another_companys_customers_are_nobody(house: House) -> None:
    with house.runtime.database.session("all") as session:
        session.add(Tenant(id=2, slug="other", name="Other", created_at=clock.now()))
    house.customer("Eve", "+14155559999", reference="E-9", tenant_id=2)
    (house.folder / "list.csv").write_text("E-9\n+14155559999\n")

    said = house.run("create", str(house.write(**FILE)), "--tenant", "ours").output

    assert "line 1: E-9: nobody has this reference" in said
    assert "line 2: +14155559999: nobody has" in said


def test_a_segment_is_read_in_order_and_from_where_it_stopped(house: House, people: list[int]) -> None:
    campaign_id = house.said("create", str(house.write()))["id"]
    with house.runtime.database.reading(1) as session:
        campaign = house.campaign(campaign_id)
        everybody = [member.customer_id for member in audience.members(session, campaign)]
        rest = [member.customer_id for member in audience.members(session, campaign, people[1])]

    assert everybody == people
    assert rest == people[2:]


def test_a_tag_chooses(house: House) -> None:
    wanted = house.customer("Ann", "+14155552001", tags=["autumn"])
    house.customer("Bob", "+14155552002", tags=["spring"])
    campaign_id = house.launched(audience="{segment: {tags: [autumn]}}")
    house.prepare()

    assert chosen(house) == [wanted]
    assert house.campaign(campaign_id).state == "running"


def test_a_document_is_no_path(tmp_path: Path, house: House) -> None:
    result = house.run("create", str(tmp_path))

    assert result.exit_code == 2
