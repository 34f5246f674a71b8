"""Limits, holds and canaries"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    pass
