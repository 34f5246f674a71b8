"""Many machines"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    pass
