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
        batch_op.add_column(sa.Column('asks_again', sa.String(length=80), nullable=False, server_default=''))

    with op.batch_alter_table('sender', schema=None) as batch_op:
        batch_op.add_column(sa.Column('queued_until', INSTANT, nullable=True))
        batch_op.add_column(sa.Column('brand', sa.String(length=40), nullable=False, server_default=''))

    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cost', NUMBER, nullable=False, server_default='0'))

    op.create_table('allowance',
    sa.Column('tenant_id', NUMBER, nullable=True),
    sa.Column('level', sa.String(length=8), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('unit', sa.String(length=8), nullable=False),
    sa.Column('period', sa.String(length=6), nullable=False),
    sa.Column('most', NUMBER, nullable=False),
    sa.Column('kept_back', NUMBER, nullable=False),
    sa.Column('day', sa.Date(), nullable=True),
    sa.Column('reserved', NUMBER, nullable=False),
    sa.Column('promoted', NUMBER, nullable=False),
    sa.Column('full_at', INSTANT, nullable=True),
    sa.Column('next_at', INSTANT, nullable=True),
    sa.Column('id', NUMBER, nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_allowance_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_allowance')),
    sa.UniqueConstraint('tenant_id', 'level', 'subject', 'channel', 'unit', 'period', name=op.f('uq_allowance_tenant_id_level_subject_channel_unit_period'))
    )
    with op.batch_alter_table('allowance', schema=None) as batch_op:
        batch_op.create_index('uq_allowance_of_everybody', ['level', 'subject', 'channel', 'unit', 'period'], unique=True, sqlite_where=sa.text('tenant_id IS NULL'), postgresql_where=sa.text('tenant_id IS NULL'))

    op.create_table('source_sender',
    sa.Column('source_id', NUMBER, nullable=False),
    sa.Column('sender_id', NUMBER, nullable=False),
    sa.Column('id', NUMBER, nullable=False),
    sa.Column('tenant_id', NUMBER, nullable=False),
    sa.ForeignKeyConstraint(['sender_id'], ['sender.id'], name=op.f('fk_source_sender_sender_id')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_source_sender_source_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_source_sender_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_sender')),
    sa.UniqueConstraint('source_id', 'sender_id', name=op.f('uq_source_sender_source_id_sender_id'))
    )
