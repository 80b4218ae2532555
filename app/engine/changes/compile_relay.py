"""The relay's two statements, and those that read the log."""

from app.core.sql import qualified

COLUMNS = "n, seq, at, schema_version, request_id, actor, collection, record_id, action"
_OF_C = ", ".join(f"c.{name}" for name in COLUMNS.split(", "))


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
        "WHERE seq > $1 AND ($2::text[] IS NULL OR collection = ANY($2)) AND collection <> '' "
        "ORDER BY seq LIMIT $3"
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
    """Changes behind ``$1`` in log order, at most ``$2``; the milestone of what is forgotten is
    none."""
    return (
        f"SELECT {COLUMNS}, before::text, after::text FROM {qualified(schema, '_changes')} "
        "WHERE seq > $1 AND collection <> '' ORDER BY seq LIMIT $2"
    )


def read_numbered(schema: str) -> str:
    """The changes at the positions ``$1``, in log order."""
    return (
        f"SELECT {COLUMNS}, before::text, after::text FROM {qualified(schema, '_changes')} "
        "WHERE seq = ANY($1::bigint[]) ORDER BY seq"
    )


def read_position(schema: str) -> str:
    """The change of record ``$2`` of collection ``$1`` at position ``$3``."""
    return (
        f"SELECT {COLUMNS}, before::text, after::text FROM {qualified(schema, '_changes')} "
        "WHERE collection = $1 AND record_id = $2 AND seq = $3"
    )


def read_request(schema: str) -> str:
    """The changes of request ``$1``, newest first, at most ``$2``; ``$3``: those of one actor."""
    return (
        f"SELECT {COLUMNS}, before::text, after::text FROM {qualified(schema, '_changes')} "
        "WHERE request_id = $1 AND ($3::text IS NULL OR actor = $3) ORDER BY n DESC LIMIT $2"
    )


def read_later(schema: str) -> str:
    """The last change of each record (collections ``$1``, ids ``$2``) behind its position ``$3``
    that is not of request ``$4`` by actor ``$5``; at most ``$6``."""
    changes = qualified(schema, "_changes")
    return (
        f"SELECT DISTINCT ON (c.collection, c.record_id) {_OF_C}, c.before::text, c.after::text "
        "FROM unnest($1::text[], $2::text[], "
        f"$3::bigint[]) r(collection, record_id, n) JOIN {changes} c ON "
        "c.collection = r.collection AND c.record_id = r.record_id AND c.n > r.n "
        "WHERE (c.request_id, c.actor) IS DISTINCT FROM ($4::text, $5::text) "
        "ORDER BY c.collection, c.record_id, c.n DESC LIMIT $6"
    )


def read_waiting(schema: str) -> str:
    """How many changes have no ``seq`` yet, counted up to ``$1``, and for how many seconds the
    first of them has waited."""
    return (
        "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0) FROM "
        f"(SELECT at FROM {qualified(schema, '_changes')} WHERE seq IS NULL ORDER BY n LIMIT $1) w"
    )


def read_unread(schema: str) -> str:
    """How many positions lie behind ``$1``, and how many seconds ago the first was written."""
    first = f"SELECT at FROM {qualified(schema, '_changes')} WHERE seq > $1 ORDER BY seq LIMIT 1"
    return (
        f"SELECT last - $1, coalesce(extract(epoch FROM clock_timestamp() - ({first})), 0) "
        f"FROM {qualified(schema, '_relay')}"
    )
