"""API keys and imports"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0008'
down_revision = '0007'


def upgrade() -> None:
    op.create_table('api_key',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('prefix', sa.String(length=8), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_api_key_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    sa.UniqueConstraint('prefix', name=op.f('uq_api_key_prefix'))
    )
    op.create_table('customer_import',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('token', sa.String(length=22), nullable=False),
    sa.Column('region', sa.String(length=2), nullable=False),
    sa.Column('sheet', sa.String(length=60), nullable=False),
    sa.Column('mapping', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('encoding', sa.String(length=12), nullable=False),
    sa.Column('left_out', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('percent', sa.Integer(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('accepted', sa.Integer(), nullable=False),
    sa.Column('duplicates', sa.Integer(), nullable=False),
    sa.Column('rejected', sa.Integer(), nullable=False),
    sa.Column('rejects_bytes', sa.BigInteger(), nullable=False),
    sa.Column('shown', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('message', sa.String(length=400), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('worker', sa.String(length=22), nullable=False),
    sa.Column('lease_until', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_customer_import_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_import')),
    sa.UniqueConstraint('token', name=op.f('uq_customer_import_token'))
    )
    with op.batch_alter_table('customer_import', schema=None) as batch_op:
        batch_op.create_index('ix_customer_import_state', ['state', 'lease_until'], unique=False)

    op.create_table('kept_answer',
    sa.Column('api_key_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('request_hash', sa.String(length=64), nullable=False),
    sa.Column('worker', sa.String(length=22), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('headers', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['api_key_id'], ['api_key.id'], name=op.f('fk_kept_answer_api_key_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_kept_answer_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kept_answer')),
    sa.UniqueConstraint('api_key_id', 'name', name=op.f('uq_kept_answer_api_key_id_name'))
    )
    with op.batch_alter_table('kept_answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kept_answer_created_at'), ['created_at'], unique=False)
    # the unique constraint begins with the same column
    with op.batch_alter_table('customer_number', schema=None) as batch_op:
        batch_op.drop_index('ix_customer_number_customer_id')
