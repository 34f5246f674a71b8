"""What the contact policy asks of outside lists"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    op.create_table('do_not_call_list',
    sa.Column('region', sa.String(length=2), nullable=False),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('is_current', sa.Boolean(), nullable=False),
    sa.Column('as_of', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('loaded_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_do_not_call_list_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_do_not_call_list'))
    )
    op.create_index('ix_do_not_call_list_region', 'do_not_call_list', ['tenant_id', 'region'], unique=False)
    op.create_table('do_not_call_entry',
    sa.Column('list_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('address', sa.String(length=16), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['list_id'], ['do_not_call_list.id'], name=op.f('fk_do_not_call_entry_list_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_do_not_call_entry_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_do_not_call_entry')),
    sa.UniqueConstraint('list_id', 'address', name=op.f('uq_do_not_call_entry_list_id_address'))
    )
    op.create_table('reassigned_number',
    sa.Column('address', sa.String(length=16), nullable=False),
    sa.Column('answer', sa.String(length=8), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_reassigned_number_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reassigned_number')),
    sa.UniqueConstraint('tenant_id', 'address', name=op.f('uq_reassigned_number_tenant_id_address'))
    )
