"""What the contact policy asks of outside lists"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    pass
