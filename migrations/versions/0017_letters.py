"""Which faxes the register of letters has heard of; proof and cause of a letter"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

UNREGISTERED = sa.text(
    "(channel = 'fax' AND registered <> state AND state NOT IN ('pending', 'held', 'active'))"
)


def upgrade() -> None:
    op.add_column("delivery", sa.Column("registered", sa.String(length=10), nullable=False, server_default=""))
    op.create_index(
        "ix_delivery_fax",
        "delivery",
        ["tenant_id", "id"],
        unique=False,
        sqlite_where=UNREGISTERED,
        postgresql_where=UNREGISTERED,
    )
    op.add_column("letter", sa.Column("proof", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("letter", sa.Column("cause", sa.String(length=40), nullable=False, server_default=""))
