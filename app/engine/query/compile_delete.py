"""Deletes, with what they cascade to: every row that goes or changes is logged.

Foreign keys are NO ACTION; ``cascade`` and ``set_null`` are CTEs of the deleting statement, so
that the change log misses nothing. Deeper than three levels the foreign key refuses the delete.
"""

from collections import defaultdict
from dataclasses import dataclass

from app.core.sql import qualified, quote_ident
from app.engine.catalog.model import Collection, Field
from app.engine.query.compile_parts import Parts, shadow_columns
from app.engine.query.compile_update import many_records, old_rows, one_record
from app.engine.query.plan_write import WritePlan, inbound, link_sides
from app.engine.query.write_input import CompiledWrite

MOST_LEVELS = 3
MOST_CASCADED = 10_000


@dataclass(frozen=True, slots=True)
class Effect:
    """A CTE of locked rows: ``rows`` of ``collection`` that go, or lose ``field``."""

    rows: str
    collection: Collection
    field: Field | None = None


def compile_delete(plan: WritePlan) -> CompiledWrite:
    """Delete one record by id, or every record that meets a condition."""
    parts = Parts(plan)
    parts.fence()
    parts.cte("old", old_rows(parts, "FOR UPDATE OF t"))
    gone, changed, refused = _effects(parts)
    first = many_records(parts) if plan.shape.many else one_record(parts)
    parts.verdict(first, *refused, *_too_many((*gone[1:], *changed)))
    for number, effect in enumerate(changed):
        _set_null(parts, effect, number)
    for number, effect in enumerate(gone):
        _delete(parts, effect, number)
    return parts.finish(
        'SELECT v.verdict, d."_version" AS v, NULL::json AS j FROM v LEFT JOIN d0 d ON true'
    )


def _effects(parts: Parts) -> tuple[list[Effect], list[Effect], list[str]]:
    """What goes (the records themselves first), what loses its relation, and what refuses."""
    gone = [Effect("old", parts.plan.collection)]
    changed: list[Effect] = []
    refused: list[str] = []
    level = list(gone)
    for _ in range(MOST_LEVELS):
        further: list[Effect] = []
        for effect in level:
            for child, field in inbound(parts.plan.catalog, effect.collection):
                rule = field.relation.on_delete if field.relation else "restrict"
                if rule == "restrict" or (rule == "set_null" and field.required):
                    refused.append(_restrict(parts, effect, child, field))
                    continue
                found = _lock(parts, effect, child, field, gone, cascades=rule == "cascade")
                (further if rule == "cascade" else changed).append(found)
        gone.extend(further)
        level = further
    return gone, changed, refused


def _restrict(parts: Parts, effect: Effect, child: Collection, field: Field) -> str:
    table = parts.plan.catalog.table(child)
    own = (
        f' AND c."id" NOT IN (SELECT x."id" FROM {effect.rows} x)'
        if child is effect.collection
        else ""
    )
    where = f'c.{quote_ident(field.column)} = p."id"{own}'
    return (
        f"CASE WHEN EXISTS (SELECT FROM {table} c JOIN {effect.rows} p ON {where}) "
        f"THEN 'record_in_use:{field.id}' END"
    )


def _lock(
    parts: Parts, effect: Effect, child: Collection, field: Field, gone: list[Effect],
    *, cascades: bool,
) -> Effect:  # fmt: skip
    """Lock the child rows, in id order, without those that go already."""
    name = f"c{next(parts.numbers)}"
    seen = [e.rows for e in gone if e.collection is child]
    others = "".join(f' AND c."id" NOT IN (SELECT x."id" FROM {rows} x)' for rows in seen)
    parts.cte(
        name,
        f"SELECT c.* FROM {parts.plan.catalog.table(child)} c WHERE c.{quote_ident(field.column)} "
        f'IN (SELECT p."id" FROM {effect.rows} p){others} ORDER BY c."id" '
        f"LIMIT {MOST_CASCADED + 1} FOR {'UPDATE' if cascades else 'NO KEY UPDATE'} OF c",
    )
    return Effect(name, child, None if cascades else field)


def _too_many(effects: tuple[Effect, ...]) -> list[str]:
    if not effects:
        return []
    total = " + ".join(f"(SELECT count(*) FROM {effect.rows})" for effect in effects)
    return [f"CASE WHEN {total} > {MOST_CASCADED} THEN 'cascade_too_large' END"]


def _set_null(parts: Parts, effect: Effect, number: int) -> None:
    """Rows that lose their relation; one row may lose several in one statement only once."""
    assert effect.field is not None  # noqa: S101 - only such effects come here
    column = quote_ident(effect.field.column)
    returned = ", ".join(f"t.{quote_ident(f.column)}" for f in effect.collection.stored_fields)
    shadows = "".join(
        f"{quote_ident(name)} = {value}, "
        for name, value in shadow_columns(effect.collection.stored_fields, "t").items()
    )
    parts.write(
        f"s{number}",
        f"UPDATE {parts.plan.catalog.table(effect.collection)} t SET {column} = NULL, {shadows}"
        f'"_version" = t."_version" + 1, updated_at = now() FROM {effect.rows} o, v '
        f'WHERE t."id" = o."id" AND v.verdict IS NULL RETURNING {returned}',
    )
    images = ", ".join(parts.image(alias, effect.collection, {}) for alias in ("o", "u"))
    source = f's{number} u JOIN {effect.rows} o ON o."id" = u."id"'
    parts.log(f"slog{number}", f"u.\"id\"::text, 'updated', {images}", source, effect.collection)


def _delete(parts: Parts, effect: Effect, number: int) -> None:
    rows = f"{effect.rows} o, v WHERE"
    sides: defaultdict[str, list[str]] = defaultdict(list)
    for table, side in link_sides(parts.plan.catalog, effect.collection):
        sides[table].append(side)
    for position, (table, columns) in enumerate(sides.items()):
        where = " OR ".join(f'l.{column} = o."id"' for column in columns)
        links = qualified(parts.plan.catalog.schema, table)
        parts.write(
            f"u{number}_{position}",
            f"DELETE FROM {links} l USING {rows} ({where}) AND v.verdict IS NULL",
        )
    parts.write(
        f"d{number}",
        f"DELETE FROM {parts.plan.catalog.table(effect.collection)} t USING {rows} "
        't."id" = o."id" AND v.verdict IS NULL RETURNING t."id", t."_version"',
    )
    owned = _own_links(effect.collection)
    stored = {field.name: parts.stored_links(field, "o") for field in owned}
    before = parts.image("o", effect.collection, stored)
    source = f'd{number} d JOIN {effect.rows} o ON o."id" = d."id"'
    parts.log(
        f"dlog{number}", f"d.\"id\"::text, 'deleted', {before}, NULL", source, effect.collection
    )


def _own_links(collection: Collection) -> list[Field]:
    fields = collection.fields.values()
    return [f for f in fields if f.relation and f.relation.kind == "many_to_many"]
