"""The batches of online changes: a few rows by key, locked as any update locks them."""

from app.core.sql import qualified, quote_ident
from app.engine.catalog.casts import shadow_sql
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.schema.changes.alter_steps import Fill, fill_sql
from app.engine.schema.physical import KEY_TYPES, shadow_name


def copy_batch(catalog: Catalog, collection: Collection, field: Field, *, first: bool) -> str:
    """Copy a batch into the shadow column, but for rows that a write has copied already.

    ``$1`` the size; ``$2`` the last key as text, unless it is the ``first`` batch. Answers the
    number of rows looked at and the last key of them.
    """
    value = shadow_sql(field, f"t.{quote_ident(field.column)}")
    shadow = quote_ident(shadow_name(field.id))
    change = f"{shadow} = {value}", f"t.{shadow} IS DISTINCT FROM ({value})"
    return _batch(catalog, collection, *change, first=first)


def fill_batch(
    catalog: Catalog, collection: Collection, field: Field, fill: Fill, *, first: bool
) -> str:
    """Give a batch of rows a value where they have none. Arguments and answer as above."""
    column = quote_ident(field.column)
    change = f"{column} = {fill_sql(field, fill)}", f"t.{column} IS NULL"
    return _batch(catalog, collection, *change, first=first)


def forget_batch(catalog: Catalog, collection: Collection, field: Field, *, first: bool) -> str:
    """Set references that lead to nothing to null. Arguments and answer as above."""
    column = quote_ident(field.column)
    target = qualified(catalog.schema, catalog.target(field).table)
    lost = f'NOT EXISTS (SELECT FROM {target} o WHERE o."id" = t.{column})'
    change = f"{column} = NULL", f"t.{column} IS NOT NULL AND {lost}"
    return _batch(catalog, collection, *change, first=first)


def count_where(catalog: Catalog, collection: Collection, condition: str) -> str:
    """How many rows of a table ``t`` meet a condition."""
    return f"SELECT count(*) FROM {qualified(catalog.schema, collection.table)} t WHERE {condition}"


def _batch(
    catalog: Catalog, collection: Collection, change: str, where: str, *, first: bool
) -> str:
    table, key = qualified(catalog.schema, collection.table), KEY_TYPES[collection.id_type]
    after = "" if first else f'WHERE "id" > $2::text::{key} '
    return (
        f'WITH b AS MATERIALIZED (SELECT "id" FROM {table} {after}ORDER BY "id" LIMIT $1 '
        "FOR NO KEY UPDATE), "
        f'u AS (UPDATE {table} t SET {change} FROM b WHERE t."id" = b."id" AND {where}) '
        "SELECT (SELECT count(*) FROM b) AS rows, "
        '(SELECT "id"::text FROM b ORDER BY b."id" DESC LIMIT 1) AS last'
    )
