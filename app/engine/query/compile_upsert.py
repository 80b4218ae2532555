"""Upserts: update what the key finds, create the rest. ``DO UPDATE`` is never used: it cannot tell
created from updated rows and would skip the update's policy."""

from collections.abc import Iterator, Mapping

from app.core.sql import quote_ident
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Field
from app.engine.query.compile_parts import Parts, link_column, names, shadow_columns
from app.engine.query.compile_rows import input_rows, inserted_columns
from app.engine.query.plan_write import WritePlan
from app.engine.query.write_input import CompiledWrite, preset_source

_FRESH = 'SELECT i.* FROM i0 i WHERE NOT EXISTS (SELECT FROM old o WHERE o."_ord" = i."_ord")'
_ROWS = 'r JOIN i0 i ON i."_ord" = r."_ord" LEFT JOIN old o ON o."_ord" = r."_ord"'


def compile_upsert(plan: WritePlan) -> CompiledWrite:
    """One record or a document of them, each updated or created by the columns of ``key``."""
    parts = Parts(plan)
    parts.fence()
    input_rows(parts)
    matched = " AND ".join(f"t.{quote_ident(c)} = i.{quote_ident(c)}" for c in plan.shape.key)
    found = f"FROM {parts.table} t JOIN i0 i ON {matched} WHERE EXISTS (SELECT FROM f)"
    if plan.shape.links:
        parts.cte("snap", f'SELECT t."id", t."_version" {found}')
    parts.cte("old", f'SELECT t.*, i."_ord" {found} ORDER BY t."id" FOR NO KEY UPDATE OF t')
    parts.cte("new", _new_rows(parts))
    parts.verdict(*_verdicts(parts))
    _update(parts)
    _insert(parts)
    parts.cte("r", _written(parts), kept=False)
    after = parts.links_after("i", "o")
    parts.delete_links(_ROWS, 'r."id"', lambda field: after[field.id])
    parts.insert_links(_ROWS, 'r."id"', _ids)
    _log(parts, after)
    written = parts.by_link(lambda field: parts.given_links(field, "i", "o"))
    return parts.finish(
        f'SELECT {_outcome(parts)}, r."_version" AS v, {parts.answer("r", written)} AS j, '
        f'o."_ord" IS NULL AS created FROM v LEFT JOIN ({_ROWS}) ON true ORDER BY i."_ord"'
    )


def _new_rows(parts: Parts) -> str:
    columns = [f"{_new_value(parts, f)} AS {quote_ident(f.column)}" for f in parts.stored()]
    lists = [
        f"{parts.given_links(field, 'i', 'o')} AS {link_column(field)}"
        for field in parts.link_fields()
    ]
    return (
        f'SELECT {", ".join((*columns, *lists))}, o."_ord" '
        'FROM old o JOIN i0 i ON i."_ord" = o."_ord"'
    )


def _new_value(parts: Parts, field: Field) -> str:
    column, shape = quote_ident(field.column), parts.plan.shape
    if field.column == "updated_at":
        return "now()"
    preset = parts.plan.update.presets.get(field.id) if parts.plan.update else None
    if preset is not None:
        return parts.args.add(preset_source(preset), field_type(field).bind_type(field))
    if field.column not in shape.columns or field.read_only or field.column == "id":
        return f"o.{column}"
    if not shape.many:
        return f"i.{column}"
    return f"CASE WHEN '{field.column}' = ANY(i.\"_given\") THEN i.{column} ELSE o.{column} END"


def _verdicts(parts: Parts) -> list[str]:
    plan = parts.plan
    key = names(plan.shape.key)
    twice = f"SELECT FROM i0 GROUP BY {key} HAVING count(*) > 1 AND ({key}) IS NOT NULL"
    verdicts = [f"CASE WHEN EXISTS ({twice}) THEN 'duplicate_in_body' END"]
    if plan.shape.links:
        newer = 'o."_version" IS DISTINCT FROM s."_version"'
        moved = f'SELECT FROM old o LEFT JOIN snap s ON s."id" = o."id" WHERE {newer}'
        verdicts.append(f"CASE WHEN EXISTS ({moved}) THEN 'retry' END")
    verdicts.extend(_update_verdicts(parts))
    verdicts.extend(parts.target_guards("i0 i", "i", order='i."_ord"', links="i"))
    verdicts.extend(_create_verdicts(parts))
    return verdicts


def _create_verdicts(parts: Parts) -> Iterator[str]:
    """Rules and policies of the rows that are created."""
    fresh = f"({_FRESH}) i LEFT JOIN old o ON false"
    scope = parts.scope(parts.links_after("i", None), record="i", old="o")
    yield from parts.rule_guards(fresh, "i", scope, order='i."_ord"')
    yield from parts.policy_guard(fresh, "i", scope, order='i."_ord"')


def _update_verdicts(parts: Parts) -> Iterator[str]:
    """The update half has its own policies; a row it may not touch refuses the whole."""
    if parts.plan.update is None:
        yield "(SELECT 'policy_check_failed:' || o.\"_ord\" FROM old o LIMIT 1)"
        return
    rows = 'new n JOIN old o ON o."_ord" = n."_ord"'
    scope = parts.scope(parts.links_after("n", "o"), record="n", old="o")
    yield from parts.rule_guards(rows, "n", scope, order='n."_ord"')
    allowed = parts.permitted(parts.plan.update, "n", "o", scope, whole=True)
    if allowed:
        yield (
            f"(SELECT 'policy_check_failed:' || n.\"_ord\" FROM {rows} "
            f"WHERE ({allowed}) IS NOT TRUE LIMIT 1)"
        )


def _update(parts: Parts) -> None:
    preset = parts.plan.update.presets if parts.plan.update else {}
    fields = [
        f
        for f in parts.stored()
        if f.id in preset
        or (f.column in parts.plan.shape.columns and not f.read_only and f.column != "id")
    ]
    values = {field.column: f"n.{quote_ident(field.column)}" for field in fields}
    values |= shadow_columns(parts.stored(), "n")
    values |= {"_version": 'o."_version" + 1', "updated_at": "now()"}
    parts.write(
        "upd",
        f"UPDATE {parts.table} t SET "
        + ", ".join(f"{quote_ident(column)} = {value}" for column, value in values.items())
        + ' FROM old o JOIN new n ON n."_ord" = o."_ord", v '
        + 'WHERE t."id" = o."id" AND v.verdict IS NULL '
        + f'RETURNING {_returned(parts)}, o."_ord"',
    )


def _insert(parts: Parts) -> None:
    columns = inserted_columns(parts, "i")
    parts.write(
        "ins",
        f"INSERT INTO {parts.table} AS t ({names(columns)}) "
        f"SELECT {', '.join(columns.values())} FROM i0 i, v WHERE v.verdict IS NULL "
        'AND NOT EXISTS (SELECT FROM old o WHERE o."_ord" = i."_ord") ORDER BY i."_ord" '
        f"ON CONFLICT ({names(parts.plan.shape.key)}) DO NOTHING RETURNING {_returned(parts)}",
    )


def _written(parts: Parts) -> str:
    """Updated and created rows, the created ones finding their position through the key."""
    joined = " AND ".join(f"n.{quote_ident(c)} = i.{quote_ident(c)}" for c in parts.plan.shape.key)
    columns = ", ".join(f"n.{quote_ident(field.column)}" for field in parts.stored())
    return (
        f'SELECT {columns}, n."_version", n."_ord" FROM upd n UNION ALL '
        f'SELECT {columns}, n."_version", i."_ord" FROM ins n JOIN i0 i ON {joined}'
    )


def _log(parts: Parts, links: Mapping[str, str]) -> None:
    collection = parts.plan.collection
    listed = {f.name: links[f.id] for f in parts.link_fields()}
    stored = {f.name: parts.stored_links(f, "o") for f in parts.link_fields()}
    action = "CASE WHEN o.\"_ord\" IS NULL THEN 'created' ELSE 'updated' END"
    before = f'CASE WHEN o."_ord" IS NOT NULL THEN {parts.image("o", collection, stored)} END'
    after = parts.image("r", collection, listed)
    parts.log("log", f'r."id"::text, {action}, {before}, {after}', _ROWS, collection)


def _outcome(parts: Parts) -> str:
    """A row lost to a racing insert: say ``retry``; among many, raise so that nothing is kept."""
    if not parts.plan.shape.many:
        return "coalesce(v.verdict, CASE WHEN r.\"id\" IS NULL THEN 'retry' END) AS verdict"
    lost = "v.verdict IS NULL AND (SELECT count(*) FROM r) < (SELECT count(*) FROM i0)"
    raised = "('bk:' || (SELECT count(*) FROM r))::int::text"
    return f"CASE WHEN {lost} THEN {raised} ELSE v.verdict END AS verdict"


def _returned(parts: Parts) -> str:
    columns = (f"t.{quote_ident(field.column)}" for field in parts.stored())
    return ", ".join((*columns, 't."_version"'))


def _ids(field: Field) -> str:
    return f"i.{link_column(field)}"
