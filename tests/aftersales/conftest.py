"""An application with one department at work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from core import clock
from core.config import Config
from core.db import ALL_TENANTS
from core.models import Staff, Tenant
from core.runtime import Runtime
from tests import once


@pytest.fixture
def app(fresh_url: str, tmp_path: Path, frozen: datetime) -> Iterator[Flask]:
    """Tenant 1 with a supervisor (1), two follow-up agents of the business department (2, 3) and one of the workshop (4)."""
    app = once.application(Config(database_url=fresh_url, state_dir=tmp_path / "state"))
    runtime: Runtime = app.extensions["carillon"]
    with runtime.database.session(ALL_TENANTS) as session:
        session.add(
            Tenant(id=1, slug="ours", name="Ours", zone="America/Los_Angeles", created_at=clock.now())
        )
        session.flush()
        for number, (name, role, department) in enumerate(
            [
                ("Sue", "supervisor", "business"),
                ("Ann", "after_sales", "business"),
                ("Bob", "after_sales", "business"),
                ("Wei", "after_sales", "workshop"),
            ],
            1,
        ):
            session.add(
                Staff(
                    id=number,
                    tenant_id=1,
                    email=f"{name.lower()}@example.com",
                    name=name,
                    password="",
                    roles=[role],
                    department=department,
                    created_at=clock.now(),
                )
            )
    yield app
    runtime.spool.close()
    runtime.database.close()


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    """The application's settings, database and carriers."""
    found: Runtime = app.extensions["carillon"]
    return found
