"""What was keyed in during a call, on its record"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    with op.batch_alter_table("call_record") as batch_op:
        batch_op.add_column(sa.Column("answers", sa.JSON(none_as_null=True), nullable=False, server_default="{}"))
