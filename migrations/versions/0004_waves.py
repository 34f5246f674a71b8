"""Several waves"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    pass
