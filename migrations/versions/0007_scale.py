"""Many machines"""

from alembic import op
import sqlalchemy as sa
import core.db
from procrastinate.schema import SchemaManager

revision = '0007'
down_revision = '0006'


def upgrade() -> None:
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
