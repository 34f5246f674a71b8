"""Answers by voice and SMS"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    op.add_column('attempt', sa.Column('answered_by', sa.String(length=20), nullable=False, server_default=''))
    op.add_column('attempt', sa.Column('left_message', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('source', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sender_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    op.add_column('inbound_text', sa.Column('state', sa.String(length=10), nullable=False, server_default='kept'))
    op.add_column('inbound_text', sa.Column('answer', sa.String(length=40), nullable=False, server_default=''))
    op.add_column('inbound_text', sa.Column('due_at', core.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column('inbound_text', sa.Column('decided_by', sa.String(length=200), nullable=False, server_default=''))
    op.add_column('inbound_text', sa.Column('decided_at', core.db.UtcDateTime(timezone=True), nullable=True))
    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.create_index('ix_call_delivery', ['delivery_id'], unique=False)
    with op.batch_alter_table('inbound_text', schema=None) as batch_op:
        batch_op.create_index('ix_inbound_text_delivery', ['delivery_id'], unique=False)
        batch_op.create_index('ix_inbound_text_state', ['tenant_id', 'state'], unique=False)
