"""An index of what is held, by rule and time"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

HELD = sa.text("(state = 'held')")


def upgrade() -> None:
    with op.batch_alter_table("delivery") as batch_op:
        batch_op.create_index(
            "ix_delivery_held", ["source_id", "reason", "due_at", "tenant_id"], sqlite_where=HELD, postgresql_where=HELD
        )
