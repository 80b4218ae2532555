"""Making and erasing a project's own Postgres schema.

What stands in it from the first moment: the fence, the change log, the relay's counter, the kept
idempotency keys, the collection ``users``, and the private tables of its accounts.
"""

from uuid import UUID

from app.core.ids import project_schema
from app.core.sql import qualified, quote_ident
from app.engine.catalog.model import Catalog, make_catalog
from app.engine.identity.compile_tables import close_private_tables, create_private_tables
from app.engine.schema import ddl
from app.engine.schema.digest import catalog_hash
from app.engine.schema.physical import indexes, own_fields
from app.engine.schema.record import Connection, Version, record_version
from app.engine.schema.system import users_collection

DATA_ROLE, EXPORT_ROLE = "backendify_data", "backendify_export"
_ROLES = "SELECT rolname FROM pg_roles WHERE rolname = ANY($1::text[])"


async def create_project_schema(connection: Connection, project_id: UUID) -> None:
    """Create the schema and record version 1, inside the caller's transaction.

    The project's row must exist. Nothing is granted to roles that the server does not have.
    """
    catalog = _first_catalog(project_id)
    roles = await _roles(connection)
    statements = (
        *_create_statements(catalog),
        *_grants(catalog.schema, roles),
        *_users_statements(catalog),
        *create_private_tables(catalog.schema),
        *(close_private_tables(catalog.schema, role) for role in sorted(roles)),
    )
    await connection.execute(";\n".join(statements))  # one way there and back, not fifty
    await record_version(
        connection,
        catalog,
        Version(plan={"steps": []}, actor=None, summary="Project created"),
    )


async def drop_project_schema(connection: Connection, project_id: UUID) -> None:
    """Erase everything the project's users own, inside the caller's transaction."""
    await connection.execute(
        f"DROP SCHEMA IF EXISTS {quote_ident(project_schema(project_id))} CASCADE"
    )


def _first_catalog(project_id: UUID) -> Catalog:
    parts = {
        "project_id": project_id,
        "schema": project_schema(project_id),
        "version": 1,
        "collections": [users_collection()],
    }
    return make_catalog(**parts, hash=catalog_hash(make_catalog(**parts, hash="")))


def _create_statements(catalog: Catalog) -> tuple[str, ...]:
    """The fixed tables. A plain Postgres takes the first line as a setting nobody reads."""
    schema = catalog.schema
    changes, relay = qualified(schema, "_changes"), qualified(schema, "_relay")
    meta, kept = qualified(schema, "_meta"), qualified(schema, "_idempotency")
    return (
        "SET LOCAL citus.enable_schema_based_sharding = on",
        f"CREATE SCHEMA {quote_ident(schema)}",
        f"CREATE TABLE {meta} (version bigint NOT NULL)",
        f"INSERT INTO {meta} (version) VALUES (0)",  # noqa: S608 - a quoted name
        f"CREATE TABLE {changes} (n bigserial CONSTRAINT _changes_n PRIMARY KEY, seq bigint,"
        " at timestamptz NOT NULL DEFAULT now(), schema_version bigint NOT NULL, request_id text,"
        " actor text, collection text NOT NULL, record_id text NOT NULL, action text NOT NULL,"
        " before jsonb, after jsonb) WITH (autovacuum_vacuum_scale_factor = 0.02)",
        f"CREATE INDEX _changes_unsent ON {changes} (n) WHERE seq IS NULL",
        f"CREATE UNIQUE INDEX _changes_seq ON {changes} (seq)",
        f"CREATE INDEX _changes_record ON {changes} (collection, record_id, n)",
        f"CREATE INDEX _changes_at ON {changes} USING brin (at)",
        f"CREATE INDEX _changes_request ON {changes} (request_id)",
        f"CREATE TABLE {relay} (last bigint NOT NULL)",
        f"INSERT INTO {relay} (last) VALUES (0)",  # noqa: S608 - a quoted name
        f"CREATE TABLE {kept} (principal text NOT NULL, route text NOT NULL, key text NOT NULL,"
        " created_at timestamptz NOT NULL DEFAULT now(), body_hash text NOT NULL, status int,"
        " response text, CONSTRAINT _idempotency_key PRIMARY KEY (principal, route, key))",
        f"CREATE INDEX _idempotency_age ON {kept} (created_at)",
    )


async def _roles(connection: Connection) -> set[str]:
    found = await connection.fetch(_ROLES, [DATA_ROLE, EXPORT_ROLE])
    return {row["rolname"] for row in found}


def _grants(schema: str, roles: set[str]) -> tuple[str, ...]:
    for_data = _data_grants(schema) if DATA_ROLE in roles else ()
    return (*for_data, *(_export_grants(schema) if EXPORT_ROLE in roles else ()))


def _data_grants(schema: str) -> tuple[str, ...]:
    quoted, to = quote_ident(schema), f"TO {DATA_ROLE}"
    defaults = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {quoted} GRANT"
    return (
        f"GRANT USAGE ON SCHEMA {quoted} {to}",
        f"GRANT SELECT ON {qualified(schema, '_meta')} {to}",
        f"GRANT SELECT, INSERT, UPDATE (seq) ON {qualified(schema, '_changes')} {to}",
        f"GRANT SELECT, UPDATE ON {qualified(schema, '_relay')} {to}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {qualified(schema, '_idempotency')} {to}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {quoted} {to}",
        f"{defaults} SELECT, INSERT, UPDATE, DELETE ON TABLES {to}",
        f"{defaults} USAGE ON SEQUENCES {to}",
    )


def _export_grants(schema: str) -> tuple[str, ...]:
    quoted, to = quote_ident(schema), f"TO {EXPORT_ROLE}"
    return (
        f"GRANT USAGE ON SCHEMA {quoted} {to}",
        f"GRANT SELECT ON {qualified(schema, '_meta')}, {qualified(schema, '_changes')} {to}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {quoted} GRANT SELECT ON TABLES {to}",
    )


def _users_statements(catalog: Catalog) -> tuple[str, ...]:
    users = catalog.collections["users"]
    return (
        *ddl.create_table(catalog.schema, users, own_fields(users).values()),
        *(ddl.create_index(catalog.schema, users.table, index) for index in indexes(users)),
    )
