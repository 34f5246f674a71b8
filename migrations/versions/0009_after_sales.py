"""Work orders, files, follow-ups, cases, appointments, registers, summaries"""

from alembic import op
import sqlalchemy as sa
import core.db

revision = '0009'
down_revision = '0008'


def upgrade() -> None:
    op.create_table('document',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('media_type', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_document_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document')),
    sa.UniqueConstraint('tenant_id', 'sha256', name=op.f('uq_document_tenant_id_sha256'))
    )
    op.create_table('erased_suppression',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('scope', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_erased_suppression_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erased_suppression')),
    sa.UniqueConstraint('tenant_id', 'mark', 'scope', name=op.f('uq_erased_suppression_tenant_id_mark_scope'))
    )
    op.create_table('event',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('content', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('hours', sa.String(length=60), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_event_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index('ix_event_held_on', ['tenant_id', 'held_on'], unique=False)

    op.create_table('slot',
    sa.Column('resource', sa.String(length=60), nullable=False),
    sa.Column('starts_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ends_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_slot_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_slot')),
    sa.UniqueConstraint('tenant_id', 'resource', 'starts_at', name=op.f('uq_slot_tenant_id_resource_starts_at'))
    )
    with op.batch_alter_table('slot', schema=None) as batch_op:
        batch_op.create_index('ix_slot_starts_at', ['tenant_id', 'starts_at'], unique=False)

    op.create_table('summary',
    sa.Column('period', sa.String(length=7), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('figures', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('meeting_on', sa.Date(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('drafted_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('edited_by', sa.String(length=200), nullable=False),
    sa.Column('signed_by', sa.String(length=200), nullable=False),
    sa.Column('signed_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_summary_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_summary')),
    sa.UniqueConstraint('tenant_id', 'period', name=op.f('uq_summary_tenant_id_period'))
    )
    op.create_table('absence',
    sa.Column('staff_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('delegate_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['delegate_id'], ['staff.id'], name=op.f('fk_absence_delegate_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_absence_staff_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_absence_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absence'))
    )
    with op.batch_alter_table('absence', schema=None) as batch_op:
        batch_op.create_index('ix_absence_staff', ['staff_id', 'first_on'], unique=False)

    op.create_table('work_order',
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('vehicle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('department', sa.String(length=40), nullable=False),
    sa.Column('is_urgent', sa.Boolean(), nullable=False),
    sa.Column('wish', sa.String(length=1000), nullable=False),
    sa.Column('items', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('odometer_km', sa.Integer(), nullable=True),
    sa.Column('promised_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('warned_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('received_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('reached_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('delivered_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('origin', sa.String(length=60), nullable=False),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_work_order_customer_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_work_order_tenant_id')),
    sa.ForeignKeyConstraint(['vehicle_id'], ['vehicle.id'], name=op.f('fk_work_order_vehicle_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_order')),
    sa.UniqueConstraint('tenant_id', 'number', name=op.f('uq_work_order_tenant_id_number'))
    )
    with op.batch_alter_table('work_order', schema=None) as batch_op:
        batch_op.create_index('ix_work_order_customer', ['customer_id'], unique=False)
        batch_op.create_index('ix_work_order_delivered', ['tenant_id', 'delivered_at'], unique=False)
        batch_op.create_index('ix_work_order_promised', ['tenant_id', 'state', 'promised_at'], unique=False)

    op.create_table('appointment',
    sa.Column('slot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('address', sa.String(length=32), nullable=False),
    sa.Column('vehicle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('work_order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('earlier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('wish', sa.String(length=400), nullable=False),
    sa.Column('origin', sa.String(length=100), nullable=False),
    sa.Column('held_until', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_appointment_customer_id')),
    sa.ForeignKeyConstraint(['earlier_id'], ['appointment.id'], name=op.f('fk_appointment_earlier_id')),
    sa.ForeignKeyConstraint(['slot_id'], ['slot.id'], name=op.f('fk_appointment_slot_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_appointment_tenant_id')),
    sa.ForeignKeyConstraint(['vehicle_id'], ['vehicle.id'], name=op.f('fk_appointment_vehicle_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['work_order_id'], ['work_order.id'], name=op.f('fk_appointment_work_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appointment'))
    )
    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.create_index('ix_appointment_customer', ['customer_id'], unique=False)
        batch_op.create_index('ix_appointment_place', ['slot_id', 'place'], unique=True, sqlite_where=sa.text("(state IN ('offered', 'booked', 'confirmed'))"), postgresql_where=sa.text("(state IN ('offered', 'booked', 'confirmed'))"))

    op.create_table('case_',
    sa.Column('number', sa.String(length=12), nullable=False),
    sa.Column('origin', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('is_urgent', sa.Boolean(), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('address', sa.String(length=32), nullable=False),
    sa.Column('work_order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('department', sa.String(length=40), nullable=False),
    sa.Column('owner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('opened_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('escalated_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('solution', sa.String(length=2000), nullable=False),
    sa.Column('solved_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('solved_by', sa.String(length=200), nullable=False),
    sa.Column('tell_by', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('same_day_impossible', sa.Boolean(), nullable=False),
    sa.Column('told_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('closed_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=200), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_case__customer_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['staff.id'], name=op.f('fk_case__owner_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_case__tenant_id')),
    sa.ForeignKeyConstraint(['work_order_id'], ['work_order.id'], name=op.f('fk_case__work_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_')),
    sa.UniqueConstraint('tenant_id', 'number', name=op.f('uq_case__tenant_id_number')),
    sa.UniqueConstraint('tenant_id', 'origin', name=op.f('uq_case__tenant_id_origin'))
    )
    with op.batch_alter_table('case_', schema=None) as batch_op:
        batch_op.create_index('ix_case__customer', ['customer_id'], unique=False)
        batch_op.create_index('ix_case__due', ['tenant_id', 'state', 'due_at'], unique=False)
        batch_op.create_index('ix_case__owner', ['owner_id', 'state'], unique=False)

    op.create_table('customer_file',
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('vehicle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('work_order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('intake', sa.String(length=12), nullable=False),
    sa.Column('intake_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('is_late', sa.Boolean(), nullable=False),
    sa.Column('service_items', sa.String(length=400), nullable=False),
    sa.Column('wished_services', sa.String(length=400), nullable=False),
    sa.Column('next_topic', sa.String(length=200), nullable=False),
    sa.Column('next_contact_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('owner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('completed_by', sa.String(length=200), nullable=False),
    sa.Column('completed_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_customer_file_customer_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['staff.id'], name=op.f('fk_customer_file_owner_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_customer_file_tenant_id')),
    sa.ForeignKeyConstraint(['vehicle_id'], ['vehicle.id'], name=op.f('fk_customer_file_vehicle_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['work_order_id'], ['work_order.id'], name=op.f('fk_customer_file_work_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_file')),
    sa.UniqueConstraint('work_order_id', name=op.f('uq_customer_file_work_order_id'))
    )
    with op.batch_alter_table('customer_file', schema=None) as batch_op:
        batch_op.create_index('ix_customer_file_customer', ['customer_id'], unique=False)
        batch_op.create_index('ix_customer_file_due', ['tenant_id', 'state', 'due_on'], unique=False)

    op.create_table('extra_work',
    sa.Column('work_order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item', sa.String(length=200), nullable=False),
    sa.Column('price_cents', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('delivery_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('proof', sa.Text(), nullable=False),
    sa.Column('asked_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('answered_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_extra_work_delivery_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_extra_work_tenant_id')),
    sa.ForeignKeyConstraint(['work_order_id'], ['work_order.id'], name=op.f('fk_extra_work_work_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_extra_work'))
    )
    with op.batch_alter_table('extra_work', schema=None) as batch_op:
        batch_op.create_index('ix_extra_work_work_order', ['work_order_id'], unique=False)

    op.create_table('work_order_step',
    sa.Column('work_order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('what', sa.String(length=20), nullable=False),
    sa.Column('value', sa.String(length=60), nullable=False),
    sa.Column('promised_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('who', sa.String(length=200), nullable=False),
    sa.Column('event', sa.String(length=80), nullable=True),
    sa.Column('at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_work_order_step_tenant_id')),
    sa.ForeignKeyConstraint(['work_order_id'], ['work_order.id'], name=op.f('fk_work_order_step_work_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_order_step')),
    sa.UniqueConstraint('tenant_id', 'event', name=op.f('uq_work_order_step_tenant_id_event'))
    )
    with op.batch_alter_table('work_order_step', schema=None) as batch_op:
        batch_op.create_index('ix_work_order_step_work_order', ['work_order_id', 'at'], unique=False)

    op.create_table('workshop_key',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('secret', sa.String(length=400), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_workshop_key_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workshop_key'))
    )
    with op.batch_alter_table('workshop_key', schema=None) as batch_op:
        batch_op.create_index('ix_workshop_key_tenant', ['tenant_id'], unique=False)

    op.create_table('case_event',
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('what', sa.String(length=20), nullable=False),
    sa.Column('value', sa.String(length=80), nullable=False),
    sa.Column('note', sa.String(length=2000), nullable=False),
    sa.Column('who', sa.String(length=200), nullable=False),
    sa.Column('at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_case_event_case_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_case_event_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_event'))
    )
    with op.batch_alter_table('case_event', schema=None) as batch_op:
        batch_op.create_index('ix_case_event_case', ['case_id', 'at'], unique=False)

    op.create_table('follow_up',
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('step', sa.String(length=20), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('work_order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('earlier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('means', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('topic', sa.String(length=200), nullable=False),
    sa.Column('blocks', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('earliest_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('due_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('planned_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('owner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('delivery_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('is_on_time', sa.Boolean(), nullable=True),
    sa.Column('flagged_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('done_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('done_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_follow_up_case_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_follow_up_customer_id')),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_follow_up_delivery_id')),
    sa.ForeignKeyConstraint(['done_by_id'], ['staff.id'], name=op.f('fk_follow_up_done_by_id')),
    sa.ForeignKeyConstraint(['earlier_id'], ['follow_up.id'], name=op.f('fk_follow_up_earlier_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['staff.id'], name=op.f('fk_follow_up_owner_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_follow_up_tenant_id')),
    sa.ForeignKeyConstraint(['work_order_id'], ['work_order.id'], name=op.f('fk_follow_up_work_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_follow_up')),
    sa.UniqueConstraint('tenant_id', 'key', name=op.f('uq_follow_up_tenant_id_key'))
    )
    with op.batch_alter_table('follow_up', schema=None) as batch_op:
        batch_op.create_index('ix_follow_up_customer', ['customer_id'], unique=False)
        batch_op.create_index('ix_follow_up_delivery', ['delivery_id'], unique=False)
        batch_op.create_index('ix_follow_up_due', ['tenant_id', 'state', 'due_on'], unique=False)
        batch_op.create_index('ix_follow_up_owner', ['owner_id', 'state', 'due_on'], unique=False)

    op.create_table('letter',
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('means', sa.String(length=8), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('address', sa.String(length=300), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('event_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('delivery_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('sender', sa.String(length=200), nullable=False),
    sa.Column('made_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('sent_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_.id'], name=op.f('fk_letter_case_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_letter_customer_id')),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_letter_delivery_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_letter_event_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_letter_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter')),
    sa.UniqueConstraint('delivery_id', name=op.f('uq_letter_delivery_id'))
    )
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.create_index('ix_letter_customer', ['customer_id'], unique=False)
        batch_op.create_index('ix_letter_made', ['tenant_id', 'made_at'], unique=False)

    op.create_table('call_record',
    sa.Column('call_id', sa.String(length=64), nullable=True),
    sa.Column('direction', sa.String(length=3), nullable=False),
    sa.Column('at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('duration_s', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('address', sa.String(length=32), nullable=False),
    sa.Column('plate', sa.String(length=20), nullable=False),
    sa.Column('agent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('for_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('follow_up_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('purpose', sa.String(length=40), nullable=False),
    sa.Column('blocks', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('points', sa.String(length=2000), nullable=False),
    sa.Column('demand', sa.String(length=10), nullable=False),
    sa.Column('reply', sa.String(length=10), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('satisfaction', sa.Integer(), nullable=True),
    sa.Column('next_on', sa.Date(), nullable=True),
    sa.Column('recording_id', sa.String(length=64), nullable=False),
    sa.Column('noted_at', core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('created_at', core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tenant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['staff.id'], name=op.f('fk_call_record_agent_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_call_record_customer_id')),
    sa.ForeignKeyConstraint(['follow_up_id'], ['follow_up.id'], name=op.f('fk_call_record_follow_up_id')),
    sa.ForeignKeyConstraint(['for_id'], ['staff.id'], name=op.f('fk_call_record_for_id')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name=op.f('fk_call_record_tenant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_record')),
    sa.UniqueConstraint('tenant_id', 'call_id', name=op.f('uq_call_record_tenant_id_call_id'))
    )
    with op.batch_alter_table('call_record', schema=None) as batch_op:
        batch_op.create_index('ix_call_record_at', ['tenant_id', 'at'], unique=False)
        batch_op.create_index('ix_call_record_customer', ['customer_id', 'at'], unique=False)

    with op.batch_alter_table('customer', schema=None) as batch_op:
        batch_op.add_column(sa.Column('agent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('erased_at', core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_customer_agent_id'), 'staff', ['agent_id'], ['id'])

    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.add_column(sa.Column('department', sa.String(length=40), nullable=False, server_default=''))

    with op.batch_alter_table('tenant', schema=None) as batch_op:
        batch_op.add_column(sa.Column('after_sales', sa.JSON(none_as_null=True), nullable=False, server_default='{}'))

    with op.batch_alter_table('vehicle', schema=None) as batch_op:
        batch_op.add_column(sa.Column('serial', sa.String(length=40), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('service_every_months', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('sold_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('warranty_until', sa.Date(), nullable=True))

