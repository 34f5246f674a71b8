"""Importing customers through the browser."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from core.db import ALL_TENANTS
from customers import jobs
from customers.models import Customer, CustomerImport
from tests.console.browser import HTMX, send
from tests.console.conftest import SignIn
from tests.console.world import Company, address
from tests.customers.test_sheets import workbook

CSV = (
    "姓名,手机,notes\n"
    "赵磊,13911110001,VIP\n"
    "Sun Qian,1381122,\n"
    f"Again,{address(1, 0)},\n"
    "Xu Bo,13911110002,=1+1\n"
)
BAD = re.compile(
    r'<tr><th scope="row" class="tn">(\d+)</th><td>([^<]*)</td><td class="err"><strong[^>]*>.*?</svg>([^<]*)<'
)


@pytest.fixture
def marketing(signed_in: SignIn) -> FlaskClient:
    return signed_in("marketing")


def upload(client: FlaskClient, text: str | bytes, region: str = "CN") -> str:
    content = text if isinstance(text, bytes) else text.encode()
    data = {"file": (BytesIO(content), "list.csv"), "region": region}
    return send(client, "/import", data, content_type="multipart/form-data", follow_redirects=True).text


def action(page: str, end: str = "") -> str:
    found = re.search(rf'action="(/import/\d+{end})"', page)
    assert found, page
    return found[1]


def names(app: Flask, company: Company) -> set[str]:
    with app.extensions["carillon"].database.reading(company.tenant_id) as session:
        return {customer.name for customer in session.query(Customer)}


def test_a_file_is_checked_before_anything_is_imported(
    app: Flask, marketing: FlaskClient, ours: Company
) -> None:
    page = upload(marketing, CSV)

    assert "Import 2 new, leave out 1" in page
    assert BAD.findall(page) == [
        ("3", "手机", "This is no telephone number that exists in CN or abroad; enter it like +14155550123")
    ]
    assert "notes" in page
    assert "赵磊" not in names(app, ours)


def test_good_rows_go_in_and_bad_ones_can_be_mended(
    app: Flask, marketing: FlaskClient, ours: Company
) -> None:
    path = action(upload(marketing, CSV))

    done = send(marketing, path, follow_redirects=True)
    with marketing.get(f"{path}/rejected.csv") as rejected:
        rejected.get_data()
    mended = rejected.data.decode("utf-8-sig").replace("1381122", "13811220000")

    assert "2 customers imported" in done.text
    assert {"赵磊", "Xu Bo"} <= names(app, ours)
    assert rejected.headers["Content-Disposition"].startswith("attachment")
    assert "Import 1 customer<" in upload(marketing, mended)
    assert send(marketing, path).status_code == 409


def test_a_column_can_be_matched_by_hand(app: Flask, marketing: FlaskClient, ours: Company) -> None:
    path = action(upload(marketing, CSV), "/check")

    checked = send(marketing, path, {"as:notes": "company"}, follow_redirects=True)
    send(marketing, path.removesuffix("/check"))
    wrong = {"as:notes": "mobile", "as:手机": "mobile"}
    twice = send(marketing, action(upload(marketing, CSV), "/check"), wrong, follow_redirects=True)

    assert 'value="company" selected' in checked.text
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        assert session.query(Customer).filter_by(name="赵磊").one().company == "VIP"
    assert "two columns are mapped to mobile; map one of them" in twice.text.lower()


@pytest.mark.parametrize(
    ("text", "region", "said"),
    [
        pytest.param("", "CN", "The file is empty;", id="empty"),
        pytest.param("name,mobile\n", "CN", "headings and nothing below", id="only headings"),
        pytest.param("name,notes\nA,b\n", "CN", "No column holds telephone numbers", id="no number column"),
        pytest.param("name,mobile,mobile\nA,1,2\n", "CN", "two columns are the same field", id="two mobiles"),
        pytest.param("name,mobile\nA,1\n", "XX", "two capital letters", id="no such region"),
        pytest.param("name,mobile\nA,1\n", "cn", "two capital letters", id="small letters"),
    ],
)
def test_a_file_that_is_of_no_use_says_what_to_enter(
    app: Flask, marketing: FlaskClient, ours: Company, text: str, region: str, said: str
) -> None:
    assert said in upload(marketing, text, region)
    left = list((app.extensions["carillon"].config.state_dir / "uploads").rglob("*.*"))
    assert left == []


def test_no_file_is_named_as_the_fault(marketing: FlaskClient) -> None:
    assert "Choose a CSV or XLSX file." in send(marketing, "/import", {"region": "CN"}).text


def test_an_import_of_another_company_is_not_found(
    app: Flask, marketing: FlaskClient, theirs: Company
) -> None:
    path = action(upload(marketing, CSV))
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        session.execute(update(CustomerImport).values(tenant_id=theirs.tenant_id))

    for tried in (path, f"{path}/check", f"{path}/cancel"):
        assert send(marketing, tried).status_code == 404
    assert marketing.get(path).status_code == 404
    assert marketing.get(f"{path}/rejected.csv").status_code == 404


def test_a_large_file_is_left_to_the_worker_and_can_be_stopped(
    app: Flask, marketing: FlaskClient, ours: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.imports.SMALL_BYTES", 10)
    runtime = app.extensions["carillon"]
    waiting = upload(marketing, CSV)
    path = action(waiting, "/cancel").removesuffix("/cancel")

    with ThreadPoolExecutor(1) as pool:
        jobs.import_all(runtime, pool)
        polled = marketing.get(path, headers=HTMX)
        checked = marketing.get(path).text
        taking = send(marketing, path, follow_redirects=True).text
        stopped = send(marketing, f"{path}/cancel", follow_redirects=True).text
        jobs.import_all(runtime, pool)

    assert "The file is being checked" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert polled.headers["HX-Redirect"] == path
    assert "Import 2 new, leave out 1" in checked
    assert "Customers are being imported" in taking
    assert "Import stopped" in stopped
    assert "hx-trigger" not in re.findall(r'<div id="live"[^>]*>', stopped)[0]
    assert "赵磊" not in names(app, ours)


def test_a_workbook_may_be_sent(app: Flask, marketing: FlaskClient, ours: Company) -> None:
    path = action(upload(marketing, workbook(("姓名", "手机"), ("赵磊", 13911110001))))

    assert "1 customer imported" in send(marketing, path, follow_redirects=True).text
    assert "赵磊" in names(app, ours)
    assert "list.csv" in marketing.get("/import").text
    assert "Imported" in marketing.get("/import").text


@pytest.mark.parametrize("token", ["../../console", "x", "%2e%2e%2fetc", "A" * 22])
def test_no_other_file_can_be_reached(marketing: FlaskClient, token: str) -> None:
    assert marketing.get(f"/import/{token}/rejected.csv").status_code == 404
