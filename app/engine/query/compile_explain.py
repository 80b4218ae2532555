"""Parts of a condition on one record: whether each holds, and what the record has there.

Records are given as JSON by today's columns: the one that the condition is about (``t``), and the
one before (``o``), for ``$old``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.sql import quote_ident
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection
from app.engine.conditions.args import Args, Source
from app.engine.conditions.bind import Bound, BoundAll, BoundAny, Exists, Test
from app.engine.conditions.compile import Scope, compile_condition, related_from

MOST_RELATED = 10


@dataclass(frozen=True, slots=True)
class CompiledLeaves:
    """A text that answers one JSON object; its arguments' sources take the two records as JSON
    lists of one."""

    text: str
    sources: tuple[Source, ...]


def compile_stored(collection: Collection, catalog: Catalog) -> str:
    """The statement that reads a record as JSON by column; its argument is the id."""
    table = catalog.table(collection)
    return f'SELECT to_jsonb(t)::text FROM {table} t WHERE t."id" = $1'


def compile_leaves(
    collection: Collection, catalog: Catalog, leaves: Sequence[Bound]
) -> CompiledLeaves:
    """Members ``h<n>`` say whether leaf n holds, ``a<n>`` what the record has."""
    args = Args()
    scope = Scope(catalog, args, aliases={"old": "o", "record": "t"})
    sources = [_recordset(collection, args, n, alias) for n, alias in enumerate(("t", "o"))]
    columns = [
        f"{compile_condition(leaf, 't', scope)} AS h{n}, {_actual(leaf, 't', scope)} AS a{n}"
        for n, leaf in enumerate(leaves)
    ]
    inner = f"SELECT {', '.join(columns)} FROM {', '.join(sources)}"
    text = f"SELECT row_to_json(_x)::text FROM ({inner}) _x"
    return CompiledLeaves(text, tuple(args.sources))


def _recordset(collection: Collection, args: Args, number: int, alias: str) -> str:
    """A record given as JSON, as a row of the collection's own types."""
    fields = collection.stored_fields
    shape = ", ".join(f"{quote_ident(f.column)} {field_type(f).bind_type(f)}" for f in fields)
    document = args.add(lambda values, _context: values[number], "json")
    return f"json_to_recordset({document}) AS {alias}({shape})"


def _actual(bound: Bound, alias: str, scope: Scope) -> str:
    """What the record has, as JSON; of related records a few."""
    if isinstance(bound, Test):
        return f"to_jsonb({alias}.{quote_ident(bound.field.column)})"
    if isinstance(bound, Exists):
        inner = f"x{next(scope.numbers)}"
        source, joined = related_from(bound.field, alias, inner, scope)
        item = "to_jsonb(true)" if bound.item is None else _actual(bound.item, inner, scope)
        listed = f"SELECT {item} AS v FROM {source} WHERE {joined} LIMIT {MOST_RELATED}"
        return f"(SELECT coalesce(jsonb_agg(y.v), '[]') FROM ({listed}) y)"
    if isinstance(bound, BoundAll | BoundAny):
        items = ", ".join(_actual(item, alias, scope) for item in bound.items)
        return f"jsonb_build_array({items})"
    return _actual(bound.item, alias, scope)
