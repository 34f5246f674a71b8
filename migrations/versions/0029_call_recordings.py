"""Calls recorded as proof"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0029"
down_revision = "0028"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "call_recording",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("recording_id", sa.String(64), nullable=False),
        sa.Column("duration_s", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("erase_at", UtcDateTime(), nullable=True),
        sa.Column("audio_deleted_at", UtcDateTime(), nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_call_recording_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_call_recording"),
        sa.UniqueConstraint("recording_id", name="uq_call_recording_recording_id"),
    )
    op.create_index("ix_call_recording_call", "call_recording", ["call_id"])
    op.create_index("ix_call_recording_kept", "call_recording", ["tenant_id", "audio_deleted_at", "at"])
