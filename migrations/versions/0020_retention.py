"""Recordings that are to be deleted, and those that are"""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("voicemail", sa.Column("is_unwanted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("voicemail", sa.Column("audio_deleted_at", core.db.UtcDateTime(timezone=True), nullable=True))
