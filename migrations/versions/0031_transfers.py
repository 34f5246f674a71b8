"""Agents who stand by on the line, and who was brought to one in time"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0031"
down_revision = "0030"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("(state <> 'over')")
WAITS = sa.text("(state = 'pressed')")


def upgrade() -> None:
    op.add_column("source", sa.Column("team", sa.String(60), nullable=False, server_default=""))
    op.add_column("offer", sa.Column("room", sa.String(64), nullable=False, server_default=""))
    op.create_index("ix_offer_room", "offer", ["room"])
    op.add_column("campaign", sa.Column("let_go", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "transfer",
        sa.Column("attempt_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("team", sa.String(60), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("pressed_at", UtcDateTime(), nullable=False),
        sa.Column("heard_at", UtcDateTime(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_transfer_attempt_id"),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_transfer_source_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_transfer_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_transfer"),
        sa.UniqueConstraint("attempt_id", name="uq_transfer_attempt_id"),
    )
    op.create_index("ix_transfer_source", "transfer", ["source_id", "state"])
    op.create_index("ix_transfer_waits", "transfer", ["heard_at"], sqlite_where=WAITS, postgresql_where=WAITS)
    op.create_table(
        "stand_by",
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("token", sa.String(40), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("room", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("deadline_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_stand_by_agent_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_stand_by_team_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_stand_by_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stand_by"),
        sa.UniqueConstraint("token", name="uq_stand_by_token"),
    )
    op.create_index("uq_stand_by_agent", "stand_by", ["agent_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_stand_by_team", "stand_by", ["team_id", "state"])
