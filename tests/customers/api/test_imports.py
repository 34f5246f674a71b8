"""Imports, as programs start and watch them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from customers import jobs
from tests.api import Program, program, said
from tests.console.world import Company
from tests.customers.test_sheets import workbook

CSV = "姓名,手机,notes\n赵磊,13911110001,VIP\nSun Qian,1381122,\n".encode()


def work(app: Flask) -> None:
    with ThreadPoolExecutor(1) as pool:
        jobs.import_all(app.extensions["carillon"], pool)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(CSV, id="CSV"),
        pytest.param(
            workbook(("姓名", "手机", "notes"), ("赵磊", 13911110001, "VIP"), ("Sun Qian", 1381122)),
            id="XLSX",
        ),
    ],
)
def test_a_file_is_sent_watched_and_mended(app: Flask, crm: Program, content: bytes) -> None:
    sent = crm.ask("POST", "/imports?name=list&map=notes=company", data=content, again="import-1")
    again = crm.ask("POST", "/imports?name=list&map=notes=company", data=content, again="import-1")
    path = sent.headers["Location"].removeprefix("/api/v1")
    assert (sent.status_code, sent.json and sent.json["state"]) == (202, "importing")
    assert again.data == sent.data

    work(app)
    done = crm.get(path).json
    rejects = crm.get(f"{path}/rejects")

    assert done is not None
    assert (done["state"], done["percent"], done["rows"], done["accepted"]) == ("finished", 100, 2, 1)
    assert [(row["line"], row["column"]) for row in done["shown"]] == [(3, "手机")]
    assert rejects.data.decode("utf-8-sig").splitlines()[0] == "error,姓名,手机,notes"
    assert crm.get("/customers", q="赵磊").json["data"][0]["company"] == "VIP"  # type: ignore[index]
    assert crm.get("/imports").json == {"data": [done], "next": None}
    rejects.close()


def test_another_file_of_the_same_length_is_another_request(crm: Program) -> None:
    crm.ask("POST", "/imports", data=CSV, again="import-1")
    refused = crm.ask("POST", "/imports", data=CSV.replace(b"VIP", b"VIQ"), again="import-1")

    assert refused.status_code == 422


def test_a_file_may_be_checked_first_then_taken_or_given_up(app: Flask, crm: Program) -> None:
    paths = [crm.ask("POST", "/imports?check_first=true", data=CSV).headers["Location"][7:] for _ in range(2)]
    early = crm.post(f"{paths[0]}/take")
    work(app)
    taken = crm.post(f"{paths[0]}/take").json
    given_up = crm.post(f"{paths[1]}/cancel").json
    work(app)

    assert early.status_code == 409
    assert taken is not None
    assert given_up is not None
    assert (taken["state"], given_up["state"]) == ("importing", "cancelled")
    assert crm.get(paths[0]).json["state"] == "finished"  # type: ignore[index]
    assert crm.post(f"{paths[0]}/cancel").status_code == 409


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        pytest.param("region=XX", {"region"}, id="no such country"),
        pytest.param("region=china", {"region"}, id="no country code"),
        pytest.param("map=notes=colour", {"map"}, id="no such field"),
        pytest.param("map=notes", {"map.0"}, id="no field"),
        pytest.param("check_first=maybe", {"check_first"}, id="neither yes nor no"),
        pytest.param("colour=red", {"colour"}, id="unknown"),
    ],
)
def test_what_is_wrong_with_the_request_is_named(
    app: Flask, crm: Program, query: str, fields: set[str]
) -> None:
    refused = crm.ask("POST", f"/imports?{query}", data=CSV)

    assert refused.status_code == 422
    assert said(refused).keys() == fields
    uploads = app.extensions["carillon"].config.state_dir / "uploads"
    assert [file for file in uploads.rglob("*") if file.is_file()] == []


def test_a_file_of_no_use_fails_with_the_reason(app: Flask, crm: Program) -> None:
    path = crm.ask("POST", "/imports", data=b"name\nA\n").headers["Location"].removeprefix("/api/v1")
    work(app)

    failed = crm.get(path).json
    assert failed is not None
    assert (failed["state"], failed["code"]) == ("failed", "no_number_column")
    assert crm.get(f"{path}/rejects").status_code == 404


def test_an_import_of_another_company_is_not_there(app: Flask, crm: Program, theirs: Company) -> None:
    other = program(app, theirs.tenant_id)
    path = other.ask("POST", "/imports", data=CSV).headers["Location"].removeprefix("/api/v1")

    for method, end in (("GET", ""), ("GET", "/rejects"), ("POST", "/take"), ("POST", "/cancel")):
        assert crm.ask(method, path + end).status_code == 404
    assert crm.get("/imports").json == {"data": [], "next": None}
