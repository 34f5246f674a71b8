"""Outreach by fax and by post; from when a promised date is in danger"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0030"
down_revision = "0029"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("outreach") as batch_op:
        batch_op.add_column(sa.Column("fax_id", ID, nullable=True))
        batch_op.add_column(sa.Column("letter_id", ID, nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_outreach_fax_id"), "delivery", ["fax_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_outreach_letter_id"), "letter", ["letter_id"], ["id"])
        batch_op.create_index("ix_outreach_letter", ["letter_id"])
    op.add_column("work_order", sa.Column("warn_at", UtcDateTime(), nullable=True))
