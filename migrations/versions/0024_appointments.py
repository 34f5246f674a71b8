"""Where an appointment came from is there once; why it was given up; what finds them fast"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("appointment", sa.Column("reason", sa.String(length=200), nullable=False, server_default=""))
    op.create_index("ix_appointment_origin", "appointment", ["tenant_id", "origin"], unique=True)
    op.create_index("ix_appointment_slot", "appointment", ["slot_id"])
    op.create_index("ix_appointment_held", "appointment", ["tenant_id", "state", "held_until"])
