"""What carriers have yet to speak of is found without reading all that they have"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

AWAITED = sa.text("state IN ('accepted', 'unknown')")
QUEUED = sa.text("(state = 'accepted' AND status = 'queued' AND channel IN ('voice', 'fax'))")


def upgrade() -> None:
    for name, column, where in (("awaited", "expect_by", AWAITED), ("queued", "id", QUEUED)):
        op.create_index(
            f"ix_attempt_{name}", "attempt", [column], sqlite_where=where, postgresql_where=where, if_not_exists=True
        )
