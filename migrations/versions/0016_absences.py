"""Absences from and until an instant, besides their days"""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    with op.batch_alter_table("absence") as batch_op:
        for name in ("starts_at", "ends_at"):
            batch_op.add_column(
                sa.Column(name, core.db.UtcDateTime(timezone=True), nullable=False, server_default="2000-01-01")
            )
        batch_op.create_index("ix_absence_ends_at", ["tenant_id", "ends_at"], unique=False)
