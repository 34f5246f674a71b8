"""Teams, agents, who waits for them, and what was offered to whom; messages nobody answered in time"""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0026"
down_revision = "0025"
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("state IN ('ringing', 'accepted')")
CALLBACK = sa.text("kind = 'callback' AND state <> 'ended'")


def upgrade() -> None:
    op.add_column("voicemail", sa.Column("escalated_at", core.db.UtcDateTime(timezone=True), nullable=True))
    op.create_table('team',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('target', sa.Integer(), nullable=False),
    sa.Column('within_s', sa.Integer(), nullable=False),
    sa.Column('short_s', sa.Integer(), nullable=False),
    sa.Column('variant', sa.String(length=8), nullable=False),
    sa.Column('wrap_up_s', sa.Integer(), nullable=False),
    sa.Column('ring_s', sa.Integer(), nullable=False),
    sa.Column('callback_from', sa.Integer(), nullable=False),
    sa.Column('callback_until', sa.Integer(), nullable=False),
    sa.Column('callback_hours', sa.Integer(), nullable=False),
    sa.Column('id', ID, nullable=False),
    sa.Column('tenant_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_team_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team')),
    sa.UniqueConstraint('tenant_id', 'name', name=op.f('uq_team_tenant_id_name'))
    )
    op.create_table('agent',
    sa.Column('staff_id', ID, nullable=False),
    sa.Column('phone', sa.String(length=16), nullable=False),
    sa.Column('skills', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('wishes', sa.String(length=10), nullable=False),
    sa.Column('since', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('until', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', ID, nullable=False),
    sa.Column('tenant_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_agent_staff_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_agent_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent')),
    sa.UniqueConstraint('staff_id', name=op.f('uq_agent_staff_id'))
    )
    with op.batch_alter_table('agent') as batch_op:
        batch_op.create_index('ix_agent_state', ['tenant_id', 'state'])

    op.create_table('queue_figure',
    sa.Column('team_id', ID, nullable=False),
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('numerator', sa.Integer(), nullable=False),
    sa.Column('denominator', sa.Integer(), nullable=False),
    sa.Column('id', ID, nullable=False),
    sa.Column('tenant_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_queue_figure_team_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_queue_figure_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queue_figure')),
    sa.UniqueConstraint('team_id', 'day', 'name', name=op.f('uq_queue_figure_team_id_day_name'))
    )
    op.create_table('agent_span',
    sa.Column('agent_id', ID, nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('began_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', ID, nullable=False),
    sa.Column('tenant_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_agent_span_agent_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_agent_span_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent_span'))
    )
    with op.batch_alter_table('agent_span') as batch_op:
        batch_op.create_index(batch_op.f('ix_agent_span_agent_id'), ['agent_id'])
        batch_op.create_index('ix_agent_span_began', ['tenant_id', 'began_at'])

    op.create_table('agent_team',
    sa.Column('agent_id', ID, nullable=False),
    sa.Column('team_id', ID, nullable=False),
    sa.Column('id', ID, nullable=False),
    sa.Column('tenant_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_agent_team_agent_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_agent_team_team_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_agent_team_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent_team')),
    sa.UniqueConstraint('agent_id', 'team_id', name=op.f('uq_agent_team_agent_id_team_id'))
    )
    with op.batch_alter_table('agent_team') as batch_op:
        batch_op.create_index(batch_op.f('ix_agent_team_team_id'), ['team_id'])

    op.create_table('waiter',
    sa.Column('team_id', ID, nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('queue_id', sa.String(length=64), nullable=False),
    sa.Column('token', sa.String(length=1500), nullable=False),
    sa.Column('address', sa.String(length=32), nullable=False),
    sa.Column('called', sa.String(length=32), nullable=False),
    sa.Column('customer_id', ID, nullable=True),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('skills', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('own_agent_id', ID, nullable=True),
    sa.Column('own_until', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('placed_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('entered_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('leaves_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('not_before', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('choice', sa.String(length=10), nullable=False),
    sa.Column('outcome', sa.String(length=10), nullable=False),
    sa.Column('agent_id', ID, nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('wait_s', sa.Integer(), nullable=True),
    sa.Column('answered_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('ended_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('talk_s', sa.Integer(), nullable=False),
    sa.Column('id', ID, nullable=False),
    sa.Column('tenant_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_waiter_agent_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_waiter_customer_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['own_agent_id'], ['agent.id'], name=op.f('fk_waiter_own_agent_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_waiter_team_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_waiter_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_waiter')),
    sa.UniqueConstraint('tenant_id', 'key', name=op.f('uq_waiter_tenant_id_key'))
    )
    with op.batch_alter_table('waiter') as batch_op:
        batch_op.create_index('ix_waiter_call', ['call_id'])
        batch_op.create_index('ix_waiter_entered', ['tenant_id', 'entered_at'])
        batch_op.create_index('ix_waiter_place', ['tenant_id', 'team_id', 'state', 'priority', 'placed_at'])
        batch_op.create_index('uq_waiter_open_callback', ['tenant_id', 'address'], unique=True, sqlite_where=CALLBACK, postgresql_where=CALLBACK)

    op.create_table('offer',
    sa.Column('waiter_id', ID, nullable=False),
    sa.Column('agent_id', ID, nullable=False),
    sa.Column('token', sa.String(length=40), nullable=False),
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('made_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('deadline_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', ID, nullable=False),
    sa.Column('tenant_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_offer_agent_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_offer_tenant_id')),
    sa.ForeignKeyConstraint(['waiter_id'], ['waiter.id'], name=op.f('fk_offer_waiter_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer')),
    sa.UniqueConstraint('token', name=op.f('uq_offer_token'))
    )
    with op.batch_alter_table('offer') as batch_op:
        batch_op.create_index('ix_offer_state', ['tenant_id', 'state', 'deadline_at'])
        batch_op.create_index('uq_offer_agent', ['agent_id'], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
        batch_op.create_index('uq_offer_waiter', ['waiter_id'], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)

