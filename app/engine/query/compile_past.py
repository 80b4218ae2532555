"""The rows of a past time as a source that stands where the table would: ``"_past"``.

``_cut`` is the last change up to the time, ``_later`` are the collection's changes behind it,
``_first`` is the first of these of each record: the image before it is what the record was. What
has no later change is as the table has it. All of it is one statement, so of one snapshot.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.sql import qualified, quote_ident
from app.engine.catalog.casts import find_cast
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.conditions.args import Args
from app.engine.query.past import Past, Stretch, is_alike

SOURCE = '"_past"'
COMPLETE, FUTURE, GONE, NO_IMAGE, NO_VALUE = "complete", "future", "gone", "no_image", "no_value"

_LAST_BIGINT = "9223372036854775807"


@dataclass(frozen=True, slots=True)
class PastSource:
    """``ctes`` stand before the statement; ``verdict`` is an expression, COMPLETE where the rows
    are those of the time."""

    ctes: str
    verdict: str


def compile_past(
    catalog: Catalog, collection: Collection, past: Past, args: Args, record: str | None = None
) -> PastSource:
    """``record`` is the id (an expression) that alone is asked for."""
    compiler = _Compiler(catalog, collection, past, args)
    one = f" AND c.record_id = ({record})::text" if record else ""
    ctes = ", ".join(compiler.ctes(one))
    return PastSource(f"WITH {ctes} ", compiler.verdict())


class _Compiler:
    def __init__(self, catalog: Catalog, collection: Collection, past: Past, args: Args) -> None:
        self._table = catalog.table(collection)
        self._changes = qualified(catalog.schema, "_changes")
        self._relay = qualified(catalog.schema, "_relay")
        self._collection = collection
        self._past = past
        self._at = args.slot(past.slot, lambda at: at, "as_of", "timestamptz")
        self._id = args.const(collection.id, "text")

    def ctes(self, one: str) -> Iterator[str]:
        yield f'"_cut" AS MATERIALIZED ({self._cut()})'
        yield f'"_later" AS ({self._later(one)})'
        yield (
            '"_first" AS MATERIALIZED (SELECT DISTINCT ON (record_id) record_id, schema_version, '
            'action, before FROM "_later" ORDER BY record_id, n)'
        )
        rows = (self._unchanged(), *map(self._former, self._past.stretches))
        yield f"{SOURCE} AS NOT MATERIALIZED ({' UNION ALL '.join(rows)})"

    def verdict(self) -> str:
        """Why the rows are not those of the time, if they are not."""
        empty = f"(SELECT last + 1 FROM {self._relay})"
        first = f"coalesce((SELECT min(seq) FROM {self._changes} WHERE collection <> ''), {empty})"
        lost = "".join(
            f" WHEN {lost} THEN '{NO_VALUE}'"
            for lost in map(self._lost, self._past.stretches)
            if lost
        )
        return (
            f"CASE WHEN {self._at} > now() THEN '{FUTURE}' "
            f"WHEN NOT EXISTS (SELECT FROM \"_cut\") AND {first} <> 1 THEN '{GONE}' "
            "WHEN EXISTS (SELECT FROM \"_first\" WHERE before IS NULL AND action <> 'created') "
            f"THEN '{NO_IMAGE}'{lost} ELSE '{COMPLETE}' END"
        )

    def _cut(self) -> str:
        """What has no ``seq`` yet comes behind all that has one, in the order of ``n``."""
        found = f"SELECT n, seq FROM {self._changes} WHERE at <= {self._at} AND seq IS"
        return (
            f"SELECT n, seq FROM (({found} NULL ORDER BY n DESC LIMIT 1) UNION ALL "
            f"({found} NOT NULL ORDER BY seq DESC LIMIT 1)) k ORDER BY seq DESC NULLS FIRST LIMIT 1"
        )

    def _later(self, one: str) -> str:
        found = (
            f"SELECT c.record_id, c.n, c.schema_version, c.action, c.before FROM {self._changes} c "
            f"WHERE c.collection = {self._id}{one}"
        )
        numbered = f'coalesce((SELECT coalesce(seq, {_LAST_BIGINT}) FROM "_cut"), 0)'
        waiting = 'coalesce((SELECT CASE WHEN seq IS NULL THEN n END FROM "_cut"), 0)'
        return (
            f"{found} AND c.seq > {numbered} UNION ALL "
            f"{found} AND c.seq IS NULL AND c.n > {waiting}"
        )

    def _unchanged(self) -> str:
        columns = ", ".join(
            f"t.{quote_ident(field.column)}" if self._is_known(field) else _none(field)
            for field in self._collection.stored_fields
        )
        changed = 'SELECT FROM "_first" f WHERE f.record_id = t."id"::text'
        return f"SELECT {columns} FROM {self._table} t WHERE NOT EXISTS ({changed})"

    def _former(self, stretch: Stretch) -> str:
        columns = ", ".join(
            _value(stretch.fields[field.id], field) if self._is_known(field) else _none(field)
            for field in self._collection.stored_fields
        )
        return f"SELECT {columns} FROM {_images(stretch)}"

    def _lost(self, stretch: Stretch) -> str | None:
        """Whether a value of then cannot be one of today's type."""
        lost = []
        for field in self._collection.stored_fields:
            then = stretch.fields.get(field.id)
            if then is None or is_alike(then, field):
                continue
            cast = _cast(then, field)
            if cast[1] is not None:
                value = f"x.{quote_ident(then.column)}"
                lost.append(f"({value} IS NOT NULL AND {cast[1]})")
        return (
            f"EXISTS (SELECT FROM {_images(stretch)} AND ({' OR '.join(lost)}))" if lost else None
        )

    def _is_known(self, field: Field) -> bool:
        return field.id in self._past.known


def _images(stretch: Stretch) -> str:
    """The images before that were written in a stretch, as rows ``x`` of the fields of then."""
    shape = ", ".join(
        f"{quote_ident(then.column)} {field_type(then).bind_type(then)}"
        for then in stretch.fields.values()
    )
    parts = ["f.before IS NOT NULL"]
    if stretch.since is not None:
        parts.append(f"f.schema_version >= {stretch.since}")
    if stretch.until is not None:
        parts.append(f"f.schema_version < {stretch.until}")
    return f'"_first" f, jsonb_to_record(f.before) x({shape}) WHERE {" AND ".join(parts)}'


def _value(then: Field, today: Field) -> str:
    """A value of an image under today's name and type."""
    sql = f"x.{quote_ident(then.column)}"
    if not is_alike(then, today):
        cast, fails = _cast(then, today)
        sql = cast if fails is None else f"CASE WHEN ({fails}) IS NOT TRUE THEN {cast} END"
    if today.collation:
        sql = f"({sql}) COLLATE {quote_ident(today.collation)}"
    return f"{sql} AS {quote_ident(today.column)}"


def _cast(then: Field, today: Field) -> tuple[str, str | None]:
    """What turns a value into one of today's, as the change of the type did, and what cannot be."""
    cast = find_cast(then, today, f"x.{quote_ident(then.column)}")
    assert cast is not None  # noqa: S101 - such a past is refused when it is found
    return cast.sql, cast.fails


def _none(field: Field) -> str:
    return f"NULL::{field_type(field).bind_type(field)} AS {quote_ident(field.column)}"
