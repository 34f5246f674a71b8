"""Many machines"""

from alembic import op
import sqlalchemy as sa
import core.db
from core import clock
from procrastinate.schema import SchemaManager

revision = '0007'
down_revision = '0006'


NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
INSTANT = core.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table('installation',
    sa.Column('identity', sa.String(length=40), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('id', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_installation')),
    sa.UniqueConstraint('identity', name=op.f('uq_installation_identity'))
    )
    op.create_table('carrier_health',
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('problem', sa.String(length=300), nullable=False),
    sa.Column('id', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_carrier_health')),
    sa.UniqueConstraint('name', name=op.f('uq_carrier_health_name'))
    )
    # from the first day on, so that a backup made before anything was sent goes by the same name
    named = sa.table('installation', sa.column('identity', sa.String), sa.column('at', INSTANT))
    op.execute(named.insert().values(identity=clock.new_token(), at=clock.real()))
    with op.batch_alter_table('host', schema=None) as batch_op:
        batch_op.add_column(sa.Column('behind_s', sa.Float(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('written_off_at', INSTANT, nullable=True))

    if op.get_context().dialect.name == 'postgresql':
        _add_job_engine()


def _add_job_engine() -> None:
    """Procrastinate's own tables and functions, in a schema of their own. See core/cluster.py about later versions."""
    connection = op.get_bind()
    if connection.scalar(sa.text("SELECT to_regclass('procrastinate.procrastinate_jobs')")) is not None:
        return
    op.execute('CREATE SCHEMA IF NOT EXISTS procrastinate')
    before = connection.scalar(sa.text("SELECT current_setting('search_path')"))
    op.execute('SET search_path TO procrastinate')
    # whole as it is: its % are no placeholders
    connection.exec_driver_sql(SchemaManager.get_schema(), execution_options={'no_parameters': True})
    connection.execute(sa.text("SELECT set_config('search_path', :before, false)"), {'before': before})
