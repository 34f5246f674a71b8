"""Several waves"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0004'
down_revision = '0003'
NEWS = sa.text("(told <> state AND state NOT IN ('pending', 'held', 'active'))")


def upgrade() -> None:
    op.add_column('campaign', sa.Column('targeted', sa.Integer(), nullable=False, server_default='0'))
    op.execute(
        'UPDATE campaign SET targeted = (SELECT count(*) FROM recipient WHERE recipient.campaign_id = campaign.id)'
    )
    op.add_column('wave', sa.Column('targeted', sa.Integer(), nullable=False, server_default='0'))
    op.execute(
        'UPDATE wave SET targeted = (SELECT count(*) FROM delivery WHERE delivery.source_id = wave.source_id)'
    )
    op.add_column('recipient', sa.Column('position', sa.Integer(), nullable=False, server_default='1'))
    op.add_column('recipient', sa.Column('cause', sa.String(length=40), nullable=False, server_default=''))
    op.drop_index('ix_recipient_progress', 'recipient')
    op.create_index('ix_recipient_progress', 'recipient', ['campaign_id', 'state', 'position', 'reason', 'tenant_id'])
    op.add_column('delivery', sa.Column('told', sa.String(length=10), nullable=False, server_default=''))
    op.drop_index('ix_delivery_progress', 'delivery')
    op.create_index('ix_delivery_progress', 'delivery', ['source_id', 'state', 'reason', 'tenant_id'])
    op.create_index(
        'ix_delivery_news', 'delivery', ['source_id', 'id'], sqlite_where=NEWS, postgresql_where=NEWS
    )
    op.create_index('ix_source_campaign', 'source', ['tenant_id', 'campaign'])
