"""How big a table is: the one place that asks."""

from collections.abc import Iterable

from app.core.sql import qualified
from app.engine.schema.record import Connection
from app.engine.schema.size import EXACT_UP_TO, Size

_SIZES = """
SELECT c.relname, greatest(c.reltuples, 0)::bigint AS rows, pg_table_size(c.oid) AS bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = ANY($2::text[]) AND c.relkind IN ('r', 'p')
"""


async def table_sizes(
    connection: Connection, schema: str, tables: Iterable[str]
) -> dict[str, Size]:
    """The sizes of the tables that exist."""
    found = await connection.fetch(_SIZES, schema, sorted(set(tables)))
    return {
        row["relname"]: Size(
            await _rows(connection, schema, row["relname"], row["rows"]), row["bytes"]
        )
        for row in found
    }


async def _rows(connection: Connection, schema: str, table: str, estimate: int) -> int:
    """Estimates are missing until the first ANALYZE, and on a coordinator: count the first few."""
    source = qualified(schema, table)
    sql = f"SELECT count(*) FROM (SELECT FROM {source} LIMIT {EXACT_UP_TO + 1}) few"  # noqa: S608 - a quoted name
    few: int = await connection.fetchval(sql)
    return max(few, estimate) if few > EXACT_UP_TO else few
