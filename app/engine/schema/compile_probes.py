"""What stored rows would say to a plan: queries that count and sample those in its way.

Pure. Every query reads the tables as they are now, whatever the plan is going to call them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.sql import qualified, quote_ident
from app.engine.catalog.casts import find_cast
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.schema.changes.alter import AlterField
from app.engine.schema.changes.change import Change
from app.engine.schema.changes.fields import AddField
from app.engine.schema.changes.indexes import AddIndex
from app.engine.schema.physical import checks, default_sql, tombstone_name
from app.engine.schema.plan import Plan, Planned
from app.engine.schema.tombstones import Tombstones

SAMPLES = 5
_HINTS = {
    "required": "Give those records a value first, or send one as fill.",
    "unique": "Make the values different first.",
    "check": "Change those values first.",
    "relation": "Mend those references first, or send null as fill.",
    "cast": "Change those values first.",
    "loss": None,
}


@dataclass(frozen=True, slots=True)
class Probe:
    """``count`` and ``samples`` are texts; without them every one of ``rows`` offends."""

    collection_id: str
    field_id: str | None
    place: str
    rule: str
    reason: str
    count: str | None = None
    samples: str | None = None
    blocks: bool = True

    def report(self, count: int | None, samples: list[Any]) -> dict[str, Any]:
        return {
            "collection_id": self.collection_id,
            "field_id": self.field_id,
            "place": self.place,
            "rule": self.rule,
            "reason": self.reason,
            "count": count,
            "samples": samples,
            "blocks": self.blocks,
            "hint": _HINTS[self.rule],
        }


def compile_probes(plan: Plan, tombstones: Tombstones) -> tuple[Probe, ...]:
    """The questions that a plan puts to the rows; none where there are no rows."""
    source = _Source(plan.before, tombstones, plan.after, _type_changes(plan))
    return tuple(
        probe for planned in plan.changes if planned.size.rows for probe in _probes(planned, source)
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """Where things are now."""

    before: Catalog
    tombstones: Tombstones
    after: Catalog
    types: Mapping[tuple[str, str], AlterField]

    def table(self, collection_id: str) -> str | None:
        """The quoted table of a collection, its tombstone's, or None while there is none."""
        known = self.before.by_id.get(collection_id)
        if known is not None:
            return qualified(self.before.schema, known.table)
        if collection_id in self.tombstones.collections:
            return qualified(self.before.schema, tombstone_name(collection_id))
        return None

    def value(self, collection_id: str, field: Field) -> str | None:
        """The expression of a field's value as it will be, or None while there is no column."""
        column = self._column(collection_id, field.id)
        if column is None:
            return None
        altered = self.types.get((collection_id, field.id))
        if altered is None:
            return column
        cast = find_cast(altered.before, altered.after, column)
        if cast is None:
            return column
        return f"CASE WHEN NOT ({cast.fails}) THEN {cast.sql} END" if cast.fails else cast.sql

    def column(self, collection_id: str, field_id: str) -> str | None:
        return self._column(collection_id, field_id)

    def _column(self, collection_id: str, field_id: str) -> str | None:
        known = self.before.by_id.get(collection_id) or self.tombstones.collections.get(
            collection_id
        )
        field = known.by_id.get(field_id) if known else None
        if field is not None and field.is_stored:
            return f"t.{quote_ident(field.column)}"
        if (collection_id, field_id) in self.tombstones.fields:
            return f"t.{quote_ident(tombstone_name(field_id))}"
        return None


def _type_changes(plan: Plan) -> dict[tuple[str, str], AlterField]:
    return {
        (c.collection_id, c.after.id): c
        for c in (p.change for p in plan.changes)
        if isinstance(c, AlterField) and c.aspect == "type"
    }


def _probes(planned: Planned, source: _Source) -> Iterator[Probe]:
    change = planned.change
    collection = source.after.by_id.get(change.collection_id)
    if collection is None:
        return
    if isinstance(change, AlterField):
        yield from _ALTERED[change.aspect](change, collection, source)
    elif isinstance(change, AddField) and change.restored and change.field.is_stored:
        yield from _of_checks(change, change.field, {}, collection, source)
        yield from _of_target(change, change.field, collection, source)
    elif isinstance(change, AddIndex) and change.index.unique:
        fields = [collection.by_id[part] for part in change.index.fields]
        yield from _of_duplicates(change, fields, collection, source)


def _required(change: AlterField, collection: Collection, source: _Source) -> Iterator[Probe]:
    filled = change.fill is not None and (
        change.fill.value is not None or change.fill.generator != "user_id"
    )
    if not change.after.required or filled:
        return
    value = source.value(collection.id, change.after)
    reason = "no value"
    if value is None and default_sql(change.after) is None:
        yield _probe(change, collection, change.after.name, "required", reason)
    elif value is not None:
        yield _rows_where(change, collection, source, "required", reason, f"{value} IS NULL", value)


def _unique(change: AlterField, collection: Collection, source: _Source) -> Iterator[Probe]:
    if change.after.unique:
        yield from _of_duplicates(change, [change.after], collection, source)


def _relation(change: AlterField, collection: Collection, source: _Source) -> Iterator[Probe]:
    if change.tightens() and change.fill is None:
        yield from _of_target(change, change.after, collection, source)


def _checks(change: AlterField, collection: Collection, source: _Source) -> Iterator[Probe]:
    yield from _of_checks(change, change.after, checks(change.before, "x"), collection, source)


def _type(change: AlterField, collection: Collection, source: _Source) -> Iterator[Probe]:
    column = source.column(collection.id, change.after.id)
    cast = find_cast(change.before, change.after, column) if column else None
    if cast is None or column is None:
        return
    fits = "true"
    if cast.fails:
        reason = f"the value is no {change.after.type}"
        fails = f"{column} IS NOT NULL AND ({cast.fails})"
        fits = f"NOT ({cast.fails})"
        yield _rows_where(change, collection, source, "cast", reason, fails, column)
    if cast.loses:
        reason = f"the value is not the same as {change.after.type}"
        loses = f"{column} IS NOT NULL AND CASE WHEN {fits} THEN {cast.loses} ELSE false END"
        yield _rows_where(change, collection, source, "loss", reason, loses, column, blocks=False)
    for name, clause in _clauses(change.after, cast.sql).items():
        broken = f"{column} IS NOT NULL AND CASE WHEN {fits} THEN NOT ({clause}) ELSE false END"
        reason = f"the value breaks the rule {name}"
        yield _rows_where(change, collection, source, "check", reason, broken, column)


def _nothing(change: AlterField, collection: Collection, source: _Source) -> Iterator[Probe]:  # noqa: ARG001 - one interface
    yield from ()


_ALTERED = {
    "required": _required,
    "unique": _unique,
    "relation": _relation,
    "checks": _checks,
    "type": _type,
    "options": _nothing,
    "index": _nothing,
    "default": _nothing,
}


def _of_checks(
    change: Change, field: Field, known: Mapping[str, str], collection: Collection, source: _Source
) -> Iterator[Probe]:
    """The CHECKs that are new; ``known`` are the old ones, rendered for a column ``x``."""
    value = source.value(collection.id, field)
    rendered = checks(field, "x")
    for suffix, clause in _clauses(field, value).items() if value else ():
        name = f"ck_{field.id}_{suffix}"
        if known.get(name) != rendered[name]:
            reason = f"the value breaks the rule {suffix}"
            broken = f"NOT ({clause})"
            yield _rows_where(change, collection, source, "check", reason, broken, value or "")


def _clauses(field: Field, value: str) -> Mapping[str, str]:
    return field_type(field).check_clauses(field, f"({value})")


def _of_target(
    change: Change, field: Field, collection: Collection, source: _Source
) -> Iterator[Probe]:
    """References to records that do not exist."""
    value = source.value(collection.id, field)
    if value is None or field.relation is None:
        return
    target = source.table(field.relation.to)
    there = f'EXISTS (SELECT FROM {target} o WHERE o."id" = {value})' if target else "false"
    reason = "the reference leads to nothing"
    lost = f"{value} IS NOT NULL AND NOT {there}"
    yield _rows_where(change, collection, source, "relation", reason, lost, value)


def _of_duplicates(
    change: Change, fields: list[Field], collection: Collection, source: _Source
) -> Iterator[Probe]:
    """Values that stand more than once; a new column has one value for all rows, or none."""
    values = [_fixed_or(source, collection, field) for field in fields]
    table = source.table(collection.id)
    if table is None or None in values:
        return
    listed = ", ".join(f"({value})" for value in values)
    present = " AND ".join(f"({value}) IS NOT NULL" for value in values)
    groups = (
        f"SELECT {listed}, count(*) AS times FROM {table} t WHERE {present} "
        f"GROUP BY {', '.join(str(i + 1) for i in range(len(values)))} HAVING count(*) > 1"
    )
    place = f"{collection.name}.{'+'.join(f.name for f in fields)}"
    yield Probe(
        collection.id,
        change.subject(),
        place,
        "unique",
        "the value stands more than once",
        f"SELECT coalesce(sum(times), 0)::bigint FROM ({groups}) g",
        f"SELECT to_jsonb(_g)::text FROM ({groups} LIMIT {SAMPLES}) _g",
    )


def _fixed_or(source: _Source, collection: Collection, field: Field) -> str | None:
    if field.id in ("id", "created_at", "updated_at", "created_by"):
        return f"t.{quote_ident(field.column)}"
    return source.value(collection.id, field) or default_sql(field)


def _rows_where(
    change: Change,
    collection: Collection,
    source: _Source,
    rule: str,
    reason: str,
    where: str,
    value: str,
    *,
    blocks: bool = True,
) -> Probe:
    table = source.table(collection.id)
    field = source.after.by_id[collection.id].by_id.get(change.subject() or "")
    return Probe(
        collection.id,
        change.subject(),
        f"{collection.name}.{field.name if field else ''}",
        rule,
        reason,
        f"SELECT count(*) FROM {table} t WHERE {where}",
        f"SELECT json_build_object('id', t.\"id\", 'value', {value})::text "
        f'FROM {table} t WHERE {where} ORDER BY t."id" LIMIT {SAMPLES}',
        blocks,
    )


def _probe(
    change: Change, collection: Collection, field_name: str, rule: str, reason: str
) -> Probe:
    place = f"{collection.name}.{field_name}"
    return Probe(collection.id, change.subject(), place, rule, reason)
