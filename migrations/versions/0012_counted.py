"""What pages read instead of counting large campaigns"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0012'
down_revision = '0011'


def upgrade() -> None:
    op.create_table('campaign_count',
    sa.Column('campaign_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('took_ms', sa.Integer(), nullable=False),
    sa.Column('counts', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_count_campaign_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_campaign_count_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_count')),
    sa.UniqueConstraint('campaign_id', name=op.f('uq_campaign_count_campaign_id'))
    )
