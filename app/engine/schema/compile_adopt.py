"""Statements about tables that are not ours yet: their names may be anything."""

from collections.abc import Iterator

from app.core.sql import qualified, quote_ident
from app.engine.schema import ddl

_ROLES = {"backendify_data": "SELECT, INSERT, UPDATE, DELETE", "backendify_export": "SELECT"}


def drop_constraint(schema: str, table: str, name: str) -> str:
    return f"{_alter(schema, table)} DROP CONSTRAINT {_foreign(name)}"


def drop_index(schema: str, name: str) -> str:
    return f"DROP INDEX {quote_ident(schema)}.{_foreign(name)}"


def rename_table(schema: str, old: str, new: str) -> str:
    return f"{_alter(schema, old)} RENAME TO {quote_ident(new)}"


def rename_column(schema: str, table: str, old: str, new: str) -> str:
    return f"{_alter(schema, table)} RENAME COLUMN {_foreign(old)} TO {quote_ident(new)}"


def lock_table(schema: str, table: str) -> str:
    return f"LOCK TABLE {quote_ident(schema)}.{_foreign(table)} IN ACCESS EXCLUSIVE MODE"


def own_sequence(schema: str, table: str, sequence: str) -> Iterator[str]:
    """Whole-number ids from a sequence of ours that goes on behind the largest there is."""
    own, name = qualified(schema, table), qualified(schema, sequence)
    column = f'{_alter(schema, table)} ALTER COLUMN "id"'
    yield f"{column} DROP IDENTITY IF EXISTS"
    yield f"{column} DROP DEFAULT"
    yield f'{column} TYPE bigint USING "id"::bigint'
    yield f"CREATE SEQUENCE {name}"
    yield f"SELECT setval('{schema}.{sequence}', coalesce(max(\"id\"), 0) + 1, false) FROM {own}"
    yield f"{column} SET DEFAULT nextval('{schema}.{sequence}'::regclass)"
    yield f'ALTER SEQUENCE {name} OWNED BY {own}."id"'


def own_stamp(schema: str, table: str, stamp: str, type_sql: str) -> Iterator[str]:
    """A time of creation or change that is always there."""
    quoted = quote_ident(stamp)
    column = f"{_alter(schema, table)} ALTER COLUMN {quoted}"
    yield f"{column} DROP DEFAULT"
    if type_sql != "timestamp with time zone":
        yield f"{column} TYPE timestamptz USING {quoted}::timestamp AT TIME ZONE 'UTC'"
    yield ddl.fill_nulls(schema, table, stamp, "now()")
    yield f"{column} SET DEFAULT now()"
    yield f"{column} SET NOT NULL"


def grant(schema: str, table: str) -> Iterator[str]:
    """What new tables are granted by default, to the roles that the server has."""
    own = qualified(schema, table)
    for role, rights in _ROLES.items():
        yield (
            f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
            f"THEN GRANT {rights} ON {own} TO {role}; END IF; END $$"
        )


def _alter(schema: str, table: str) -> str:
    return f"ALTER TABLE {quote_ident(schema)}.{_foreign(table)}"


def _foreign(identifier: str) -> str:
    """Quote a name that is not ours: read from the database, never from a client."""
    return '"' + identifier.replace('"', '""') + '"'
