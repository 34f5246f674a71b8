"""API keys and imports"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0008'
down_revision = '0007'


def upgrade() -> None:
    pass
