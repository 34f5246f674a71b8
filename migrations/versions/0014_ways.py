"""Countries a sender's carrier refuses to it, and whose turn it was last"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    with op.batch_alter_table("sender") as batch_op:
        batch_op.add_column(sa.Column("closed", sa.JSON(none_as_null=True), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("served_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
