"""Calls that show a flow to be right"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0019"
down_revision = "0018"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    op.create_table(
        "golden_call",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("variables", JSON, nullable=False),
        sa.Column("refusals", JSON, nullable=False),
        sa.Column("heard", JSON, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_golden_call_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_golden_call"),
        sa.UniqueConstraint("tenant_id", "name", "label", name="uq_golden_call_tenant_id_name_label"),
    )
