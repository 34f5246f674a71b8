"""What a tenant decides about its hotline"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    with op.batch_alter_table("tenant") as batch_op:
        batch_op.add_column(sa.Column("hotline", sa.JSON(none_as_null=True), nullable=False, server_default="{}"))
