"""Until when a turned clock was seen running, so that a demo goes on from there"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0013'
down_revision = '0012'


def upgrade() -> None:
    op.add_column('clock_turn', sa.Column('seen_at', core.db.UtcDateTime(timezone=True), nullable=True))
