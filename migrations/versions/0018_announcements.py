"""What every caller hears first, and callers who are turned away"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0018"
down_revision = "0017"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("texts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_announcement_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_announcement"),
    )
    op.create_index("ix_announcement_ends", "announcement", ["tenant_id", "ends_at"])
    op.create_table(
        "blocked_caller",
        sa.Column("address", sa.String(16), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_blocked_caller_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_blocked_caller"),
        sa.UniqueConstraint("tenant_id", "address", name="uq_blocked_caller_tenant_id_address"),
    )
