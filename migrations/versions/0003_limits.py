"""Limits, holds and canaries"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0003'
down_revision = '0002'
NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
INSTANT = core.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table('hold',
    sa.Column('tenant_id', NUMBER, nullable=True),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('who', sa.String(length=200), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('released_at', INSTANT, nullable=True),
    sa.Column('released_by', sa.String(length=200), nullable=False),
    sa.Column('details', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('id', NUMBER, nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_hold_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hold'))
    )
    with op.batch_alter_table('tenant', schema=None) as batch_op:
        batch_op.add_column(sa.Column('settings', sa.JSON(none_as_null=True), nullable=False, server_default='{}'))

    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.add_column(sa.Column('units', sa.Integer(), nullable=False, server_default='1'))

    with op.batch_alter_table('source', schema=None) as batch_op:
        batch_op.add_column(sa.Column('hours', sa.JSON(none_as_null=True), nullable=False, server_default='{}'))
