"""Alembic's entry: always online, always on the connection that `migrations.upgrade` was given."""

from alembic import context

from datecertain.store.records import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite can; Alembic assumes that it cannot. All or nothing, on both databases.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
