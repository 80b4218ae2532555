"""Runs migrations on the connection that app.core.migrations passes, in its transaction."""

from alembic import context

from app.core.model import CONTROL_SCHEMA, Base

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Migrations run with: backendify migrate")

context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table_schema=CONTROL_SCHEMA,
)
with context.begin_transaction():
    context.run_migrations()
