"""Until when a letter is to be posted"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

TO_POST = sa.text("(means = 'post' AND state = 'made')")


def upgrade() -> None:
    op.add_column("letter", sa.Column("due_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_letter_to_post",
        "letter",
        ["tenant_id", "due_on"],
        unique=False,
        sqlite_where=TO_POST,
        postgresql_where=TO_POST,
    )
