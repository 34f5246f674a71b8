"""What lines of ours tell and ask customers, and until when they can answer about extra work"""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0022"
down_revision = "0021"
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("extra_work", sa.Column("answer_by", core.db.UtcDateTime(timezone=True), nullable=True))
    op.create_table(
        "outreach",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("work_order_id", ID, nullable=True),
        sa.Column("channels", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("variables", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("call_id", ID, nullable=True),
        sa.Column("text_id", ID, nullable=True),
        sa.Column("due_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=32), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("answered_at", core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["delivery.id"], name=op.f("fk_outreach_call_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_outreach_customer_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_outreach_tenant_id")),
        sa.ForeignKeyConstraint(["text_id"], ["delivery.id"], name=op.f("fk_outreach_text_id")),
        sa.ForeignKeyConstraint(["work_order_id"], ["work_order.id"], name=op.f("fk_outreach_work_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_outreach_tenant_id_key")),
    )
    with op.batch_alter_table("outreach") as batch_op:
        batch_op.create_index("ix_outreach_due", ["tenant_id", "state", "due_at"])
        batch_op.create_index("ix_outreach_work_order", ["work_order_id"])
        batch_op.create_index("ix_outreach_call", ["call_id"])
        batch_op.create_index("ix_outreach_text", ["text_id"])
