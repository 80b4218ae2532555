"""Updates: one record by id, or every record that meets a condition."""

from app.core.sql import quote_ident
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Field
from app.engine.conditions.bind import Unless
from app.engine.conditions.compile import compile_condition
from app.engine.query.compile_parts import Parts, link_column, shadow_columns
from app.engine.query.compile_rows import changed_rows
from app.engine.query.plan_write import WritePlan
from app.engine.query.write_input import CompiledWrite, change_value, column_value, link_ids

_ITS_INPUT = ' JOIN i0 i ON i."id" = {}."id"'


def compile_update(plan: WritePlan) -> CompiledWrite:
    """Lock and read the rows before, compute the rows after, write them if the verdict is clean."""
    parts = Parts(plan)
    parts.fence()
    one = not plan.shape.many
    if plan.shape.joined:
        changed_rows(parts, _touched(parts))
    if plan.shape.links:
        parts.cte("snap", f'SELECT t."id", t."_version" FROM {parts.table} t WHERE {chosen(parts)}')
    parts.cte("old", old_rows(parts, "FOR NO KEY UPDATE OF t"))
    parts.cte("new", _new_rows(parts))
    first = (one_record(parts) if one else many_records(parts), _retry(parts))
    rows = 'new n JOIN old o ON o."id" = n."id"'
    guards = parts.guards(rows, "n", order="1", links="n", before="o")
    parts.verdict(*(part for part in first if part), *guards)
    set_columns(parts)
    after = parts.links_after("n", "o")
    listed = {f.name: after[f.id] for f in parts.link_fields()}
    stored = {f.name: parts.stored_links(f, "o") for f in parts.link_fields()}
    rows = 'upd u JOIN old o ON o."id" = u."id" JOIN new n ON n."id" = u."id"'
    rows += _ITS_INPUT.format("u") if plan.shape.joined else ""
    parts.delete_links(rows, 'u."id"', lambda field: after[field.id])
    parts.insert_links('upd u JOIN new n ON n."id" = u."id"', 'u."id"', _ids)
    images = (
        f"{parts.image('o', plan.collection, stored)}, {parts.image('u', plan.collection, listed)}"
    )
    parts.log("log", f"u.\"id\"::text, 'updated', {images}", rows, plan.collection)
    written = {f.id: f"n.{link_column(f)}" for f in parts.link_fields()}
    order, its_input = ("" if one else ' ORDER BY u."id"'), ""
    if plan.shape.joined:
        order, its_input = ' ORDER BY i."_ord"', _ITS_INPUT.format("u")
    return parts.finish(
        f'SELECT v.verdict, u."_version" AS v, {parts.answer("u", written)} AS j '
        f'FROM v LEFT JOIN (upd u JOIN new n ON n."id" = u."id"{its_input}) ON true{order}'
    )


def chosen(parts: Parts) -> str:
    """The rows that are meant, and that the policies let through; as ``t``."""
    plan = parts.plan
    conditions = ["EXISTS (SELECT FROM f)"]
    if plan.shape.joined:
        conditions.append('t."id" = ANY(ARRAY(SELECT i."id" FROM i0 i))')
    elif not plan.shape.many:
        key = plan.collection.fields["id"]
        record = parts.fixed("record_id", field_type(key).bind_type(key))
        conditions.append(f't."id" = {record}')
    denied = [Unless(d.before) for d in plan.guard.denials if d.before is not None]
    for asked in (plan.filter, plan.seen, plan.guard.rows, *denied):
        if asked is not None:
            conditions.append(compile_condition(asked, "t", parts.scope()))
    return " AND ".join(conditions)


def old_rows(parts: Parts, lock: str) -> str:
    """The rows before, locked; several in id order, one more than may be touched."""
    base = f"SELECT t.* FROM {parts.table} t WHERE {chosen(parts)}"
    if parts.plan.shape.joined:
        return f'{base} ORDER BY t."id" {lock}'
    if not parts.plan.shape.many:
        return f"{base} {lock}"
    limit = parts.fixed("limit", "bigint")
    return f'{base} ORDER BY t."id" LIMIT {limit} + 1 {lock}'


def one_record(parts: Parts) -> str:
    """``not_found`` covers hidden and denied rows alike."""
    if parts.plan.shape.joined:
        counted = "(SELECT count(*) FROM old) < (SELECT count(*) FROM i0)"
        return f"CASE WHEN {counted} THEN 'not_found' END"
    if parts.plan.shape.matches_body:
        shown = f"(SELECT md5(({parts.answer('o', {})})::text) FROM old o)"
        moved = f"{shown} IS DISTINCT FROM {parts.fixed('if_body', 'text')}"
    else:
        moved = f'(SELECT o."_version" FROM old o) <> {parts.fixed("if_match", "bigint")}'
    return (
        "CASE WHEN NOT EXISTS (SELECT FROM old) THEN 'not_found' "
        f"WHEN {moved} THEN 'version_mismatch' END"
    )


def many_records(parts: Parts) -> str:
    limit = parts.fixed("limit", "bigint")
    return f"CASE WHEN (SELECT count(*) FROM old) > {limit} THEN 'max_affected_exceeded' END"


def set_columns(parts: Parts) -> None:
    """The CTE ``upd``: the rows after, written."""
    touched = _touched(parts)
    values = {field.column: f"n.{quote_ident(field.column)}" for field in touched}
    values |= shadow_columns(parts.stored(), "n")
    values |= {"_version": 'o."_version" + 1', "updated_at": "now()"}
    returned = ", ".join(f"t.{quote_ident(field.column)}" for field in parts.stored())
    parts.write(
        "upd",
        f"UPDATE {parts.table} t SET "
        + ", ".join(f"{quote_ident(column)} = {value}" for column, value in values.items())
        + ' FROM old o JOIN new n ON n."id" = o."id", v '
        + f'WHERE t."id" = o."id" AND v.verdict IS NULL RETURNING {returned}, t."_version"',
    )


def _touched(parts: Parts) -> tuple[Field, ...]:
    shape = parts.plan.shape
    given = {*shape.columns, *(column for column, _ in shape.changes)}
    return tuple(field for field in parts.stored() if field.column in given)


def _new_rows(parts: Parts) -> str:
    relative = dict(parts.plan.shape.changes)
    given = set(parts.plan.shape.columns)
    columns = [
        f"{_new_value(parts, field, given, relative)} AS {quote_ident(field.column)}"
        for field in parts.stored()
    ]
    for field in parts.link_fields():
        cast = f"{field_type(field).bind_type(field)}[]"
        columns.append(f"{parts.args.add(link_ids(field.id), cast)} AS {link_column(field)}")
    its_input = _ITS_INPUT.format("o") if parts.plan.shape.joined else ""
    return f"SELECT {', '.join(columns)} FROM old o{its_input}"


def _new_value(parts: Parts, field: Field, given: set[str], relative: dict[str, str]) -> str:
    before = f"o.{quote_ident(field.column)}"
    cast = field_type(field).bind_type(field)
    if field.column == "updated_at":
        return "now()"
    if field.column not in given and field.column not in relative:
        return before
    source = column_value if field.column in given else change_value
    value = f"i.{quote_ident(field.column)}"
    if not parts.plan.shape.joined:
        value = parts.args.add(source(field.column), cast)
    if field.column in given:
        return value
    if relative[field.column] == "inc":
        return f"{before} + {value}"
    return f"coalesce({before}, '{{}}') || {value}"


def _retry(parts: Parts) -> str:
    """Links are seen as of the snapshot: the rows must not have changed since."""
    if not parts.plan.shape.links:
        return ""
    newer = 'o."_version" IS DISTINCT FROM s."_version"'
    return (
        'CASE WHEN EXISTS (SELECT FROM old o LEFT JOIN snap s ON s."id" = o."id" '
        f"WHERE {newer}) THEN 'retry' END"
    )


def _ids(field: Field) -> str:
    return f"n.{link_column(field)}"
