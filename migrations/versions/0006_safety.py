"""Safety before launch"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0006'
down_revision = '0005'


def upgrade() -> None:
    pass
