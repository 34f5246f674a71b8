"""How many attempts of a source may be open at once"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("source", sa.Column("ceiling", sa.Integer(), nullable=True))
