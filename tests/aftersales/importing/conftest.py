"""A company with customers, and a way to bring files in."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from aftersales.importing import import_file
from core import clock
from core.models import Tenant
from core.runtime import Runtime
from customers.importing import Report
from customers.models import Customer, CustomerNumber
from tests.aftersales.conftest import app, runtime

__all__ = ["app", "bring_in", "runtime"]
BringIn = Callable[..., Report]
# reference and number of customers 1 to 3; the last two share a telephone
CUSTOMERS = (("K1", "+14155550101"), ("K2", "+14155550102"), ("K3", "+14155550102"))


@pytest.fixture
def bring_in(runtime: Runtime) -> BringIn:
    """Imports text or bytes as orders, vehicles or files."""
    with runtime.database.session(1) as session:
        for number, (reference, address) in enumerate(CUSTOMERS, 1):
            session.add(
                Customer(id=number, tenant_id=1, name=reference, reference=reference, created_at=clock.now())
            )
            session.flush()
            session.add(CustomerNumber(tenant_id=1, customer_id=number, address=address, kind="mobile"))

    def bring(what: str, content: str | bytes, **options: object) -> Report:
        raw = content.encode() if isinstance(content, str) else content
        with runtime.database.reading(1) as session:
            tenant = session.get_one(Tenant, 1)
        return import_file(runtime.database, tenant, io.BytesIO(raw), what, who="import:jobs.csv", **options)  # type: ignore[arg-type]  # passed on as they are

    return bring
