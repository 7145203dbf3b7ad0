"""What Alembic runs: the migrations, on the connection and in the transaction that `state.migrate` opened."""

from alembic import context

from meshwright.state.layout import VERSION_TABLE
from meshwright.state.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    version_table_pk=True,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
