"""The relay's two statements, and those that read the log."""

from app.core.sql import qualified

COLUMNS = "n, seq, at, schema_version, request_id, actor, collection, record_id, action"


def lock_counter(schema: str) -> str:
    """The project's last ``seq``; no row while another relay holds it."""
    return f"SELECT last FROM {qualified(schema, '_relay')} FOR UPDATE SKIP LOCKED"


def number_changes(schema: str) -> str:
    """Number up to ``$1`` changes in ``n`` order; to run while the counter is locked."""
    changes, relay = qualified(schema, "_changes"), qualified(schema, "_relay")
    return (
        "WITH r AS MATERIALIZED (SELECT n, row_number() OVER (ORDER BY n) rn FROM "
        f"(SELECT n FROM {changes} WHERE seq IS NULL ORDER BY n LIMIT $1) z), "
        f"k AS (UPDATE {relay} SET last = last + (SELECT count(*) FROM r) "
        "WHERE EXISTS (SELECT FROM r) RETURNING last - (SELECT count(*) FROM r) AS base) "
        f"UPDATE {changes} x SET seq = k.base + r.rn FROM r, k WHERE x.n = r.n "
        "RETURNING x.n, x.seq"
    )


def read_since(schema: str) -> str:
    """Changes behind ``$1`` in log order, of collections ``$2`` (null: all), at most ``$3``."""
    return (
        f"SELECT {COLUMNS}, before::text, after::text FROM {qualified(schema, '_changes')} "
        "WHERE seq > $1 AND ($2::text[] IS NULL OR collection = ANY($2)) ORDER BY seq LIMIT $3"
    )


def read_record(schema: str) -> str:
    """One record's changes, newest first: collection ``$1``, record ``$2``, before ``n`` ``$3``."""
    return (
        f"SELECT {COLUMNS}, before::text, after::text FROM {qualified(schema, '_changes')} "
        "WHERE collection = $1 AND record_id = $2 AND ($3::bigint IS NULL OR n < $3) "
        "ORDER BY n DESC LIMIT $4"
    )


def last_seq(schema: str) -> str:
    """The position of the log's newest numbered change."""
    return f"SELECT last FROM {qualified(schema, '_relay')}"


def read_events(schema: str) -> str:
    """Changes behind ``$1`` in log order, at most ``$2``."""
    return (
        f"SELECT {COLUMNS}, before::text, after::text FROM {qualified(schema, '_changes')} "
        "WHERE seq > $1 ORDER BY seq LIMIT $2"
    )
