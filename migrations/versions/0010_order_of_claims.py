"""An index in the order of claims"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

CLAIMABLE = sa.text("(state IN ('pending', 'held'))")


def upgrade() -> None:
    with op.batch_alter_table("delivery") as batch_op:
        batch_op.drop_index("ix_delivery_due")
    with op.batch_alter_table("delivery") as batch_op:
        batch_op.create_index(
            "ix_delivery_due", ["source_id", "due_at", "id"], sqlite_where=CLAIMABLE, postgresql_where=CLAIMABLE
        )
