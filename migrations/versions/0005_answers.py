"""Answers by voice and SMS"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    pass
