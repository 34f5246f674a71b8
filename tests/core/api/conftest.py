"""Two companies and programs with keys of ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.api import Program, program
from tests.console.conftest import app, built, companies, ours, theirs
from tests.console.world import Company

__all__ = ["app", "built", "companies", "crm", "ours", "theirs", "with_role"]


@pytest.fixture
def crm(app: Flask, ours: Company) -> Program:
    """A program of ours with the role marketing."""
    return program(app, ours.tenant_id)


@pytest.fixture
def with_role(app: Flask, ours: Company) -> Callable[[str], Program]:
    """Makes a program of ours with any role."""
    return lambda role: program(app, ours.tenant_id, role, name=role)
