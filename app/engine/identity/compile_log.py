"""The row of the change log that stands in a statement of the product's own.

``$2`` is the request's id, ``$3`` the actor.
"""

from app.core.sql import qualified


def log_row(
    schema: str, collection_id: str, action: str, before: str, after: str, source: str
) -> str:
    """One row for each row of ``source``, which has a column ``id``. ``before`` and ``after`` are
    an ``image``, or NULL."""
    return (
        f"INSERT INTO {qualified(schema, '_changes')} (schema_version, request_id, actor,"
        " collection, record_id, action, before, after)"
        f" SELECT (SELECT version FROM {qualified(schema, '_meta')}), $2, $3, '{collection_id}',"
        f" id::text, '{action}', {before}, {after} FROM {source}"
    )


def image(alias: str) -> str:
    """Live columns: what begins with an underscore is a tombstone, a shadow or the version."""
    return (
        f"(SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb({alias}))"
        " WHERE left(key, 1) <> '_')"
    )
