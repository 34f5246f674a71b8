"""Two companies and programs with keys of ours."""

from tests.core.api.conftest import app, built, companies, crm, ours, theirs, with_role

__all__ = ["app", "built", "companies", "crm", "ours", "theirs", "with_role"]
