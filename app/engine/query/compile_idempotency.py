"""The statements of keyed requests: claim a key, read what it answered, keep the answer."""

from app.core.sql import qualified

KEPT = "interval '24 hours'"


def claim_key(schema: str) -> str:
    """A row where the key ``$3`` of principal ``$1`` and route ``$2`` is free; ``$4`` the body's
    hash. Waits for whoever is using it; one that is older than a day is free again."""
    kept = qualified(schema, "_idempotency")
    return (
        f"INSERT INTO {kept} AS k (principal, route, key, body_hash) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT ON CONSTRAINT _idempotency_key DO UPDATE SET created_at = now(), "
        "body_hash = excluded.body_hash, status = NULL, response = NULL "
        f"WHERE k.created_at < now() - {KEPT} RETURNING true"
    )


def read_key(schema: str) -> str:
    return (
        f"SELECT body_hash, status, response FROM {qualified(schema, '_idempotency')} "
        "WHERE principal = $1 AND route = $2 AND key = $3"
    )


def keep_answer(schema: str) -> str:
    """``$6`` is how much longer than a day the key is kept: it counts from that much later."""
    return (
        f"UPDATE {qualified(schema, '_idempotency')} SET status = $4, response = $5, "
        "created_at = created_at + $6::interval "
        "WHERE principal = $1 AND route = $2 AND key = $3"
    )


def delete_old_keys(schema: str) -> str:
    """At most ``$1`` keys that are older than a day."""
    kept = qualified(schema, "_idempotency")
    return (
        f"DELETE FROM {kept} WHERE ctid IN (SELECT ctid FROM {kept} "
        f"WHERE created_at < now() - {KEPT} LIMIT $1)"
    )
