"""Passwords and new staff."""

from __future__ import annotations

import pytest
from flask import Flask

from console.staff import add_staff, hash_password, verify
from core.db import ALL_TENANTS
from core.errors import CarillonError
from core.models import AuditEntry, Staff
from tests.conftest import PRODUCTION_HASHER
from tests.console.world import PASSWORD, Company


def test_a_hash_is_salted_and_verifies_only_its_own_password() -> None:
    first, second = hash_password("correct horse battery"), hash_password("correct horse battery")

    assert first != second
    assert first.startswith("$argon2id$")
    assert verify(first, "correct horse battery")
    assert not verify(first, "correct horse batterY")
    assert not verify(None, "correct horse battery")


def test_a_password_costs_who_guesses_it_what_is_recommended() -> None:
    # RFC 9106, section 4: the second recommended option, for whoever cannot spend 2 GiB
    costs = PRODUCTION_HASHER
    assert costs.time_cost >= 3
    assert costs.memory_cost >= 64 * 1024
    assert costs.parallelism == 4
    assert costs.hash("correct horse battery").startswith("$argon2id$")


def test_the_same_letters_typed_another_way_are_the_same_password() -> None:
    assert verify(hash_password("caf\u00e9 au lait, please"), "cafe\u0301 au lait, please")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"password": "elevenchars"}, "password_short", id="eleven characters"),
        pytest.param({"password": "x" * 201}, "password_long", id="longer than anybody types"),
        pytest.param({"password": "abababababab"}, "password_guessable", id="two letters in turn"),
        pytest.param({"password": "PasswordPassword"}, "password_guessable", id="the first one tries"),
        pytest.param({"password": "zhou.min is my name"}, "password_personal", id="holds the e-mail name"),
        pytest.param({"password": "quiet Zhou Min lantern"}, "password_personal", id="holds the name"),
        pytest.param({"password": "seven quiet\0lanterns"}, "bad_text", id="NUL"),
        pytest.param({"email": "zhou.min"}, "bad_email", id="no address"),
        pytest.param({"email": "a@b.example\nBcc: x"}, "bad_email", id="line break in the address"),
        pytest.param({"name": " "}, "bad_name", id="no name"),
        pytest.param({"roles": ["boss"]}, "bad_roles", id="no such role"),
        pytest.param({"roles": []}, "bad_roles", id="no role"),
        pytest.param({"language": "fr"}, "bad_language", id="no such language"),
        pytest.param({"tenant_id": 99}, "no_tenant", id="no such company"),
        pytest.param({"email": "AUDITOR@south.example"}, "email_taken", id="taken in another company"),
    ],
)
def test_what_is_wrong_with_a_new_person_is_named_and_nobody_is_added(
    app: Flask, theirs: Company, ours: Company, changed: dict[str, object], code: str
) -> None:
    good = {
        "tenant_id": ours.tenant_id,
        "email": "zhou.min@north.example",
        "name": "Zhou Min",
        "roles": ["marketing"],
        "language": "zh",
        "password": PASSWORD,
    }
    database = app.extensions["carillon"].database
    with database.reading(ALL_TENANTS) as session:
        before = session.query(Staff).count()

    with pytest.raises(CarillonError) as refused, database.session(ALL_TENANTS) as session:
        add_staff(session, **{**good, **changed})

    assert refused.value.code == code
    with database.reading(ALL_TENANTS) as session:
        assert session.query(Staff).count() == before


def test_a_new_person_is_kept_without_their_password_and_noted(app: Flask, ours: Company) -> None:
    database = app.extensions["carillon"].database

    with database.session(ours.tenant_id) as session:
        staff = add_staff(
            session,
            ours.tenant_id,
            " Zhou.Min@North.example ",
            "Zhou Min",
            ["supervisor", "marketing"],
            "zh",
            PASSWORD,
        )

    assert staff.email == "zhou.min@north.example"
    assert staff.roles == ["marketing", "supervisor"]
    assert PASSWORD not in staff.password
    with database.reading(ours.tenant_id) as session:
        noted = session.query(AuditEntry).filter_by(about=f"staff:{staff.id}").one()
    assert noted.action == "staff.add"
    assert PASSWORD not in str(noted.details)
