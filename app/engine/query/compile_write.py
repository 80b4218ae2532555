"""From a write plan to one statement, and the statements that create records."""

from app.core.sql import quote_ident
from app.engine.query.compile_delete import compile_delete
from app.engine.query.compile_parts import Parts, link_column
from app.engine.query.compile_rows import input_rows, inserted_columns
from app.engine.query.compile_update import compile_update
from app.engine.query.compile_upsert import compile_upsert
from app.engine.query.plan_write import WritePlan
from app.engine.query.write_input import CompiledWrite


def compile_write(plan: WritePlan) -> CompiledWrite:
    """The statement of any write."""
    compilers = {
        "create": compile_create,
        "update": compile_update,
        "upsert": compile_upsert,
        "delete": compile_delete,
    }
    return compilers[plan.shape.operation](plan)


def compile_create(plan: WritePlan) -> CompiledWrite:
    """Create one record, or every record of a JSON document: all or none."""
    parts = Parts(plan)
    parts.fence()
    input_rows(parts)
    parts.verdict(*parts.guards("i0 i", "i", order='i."_ord"', links="i"))
    columns = inserted_columns(parts, "i")
    parts.write(
        "ins",
        f"INSERT INTO {parts.table} AS t ({', '.join(map(quote_ident, columns))}) "
        f"SELECT {', '.join(columns.values())} FROM i0 i, v WHERE v.verdict IS NULL "
        f'ORDER BY i."_ord" RETURNING {_returned(parts)}',
    )
    rows = 'ins n JOIN i0 i ON i."id" = n."id"'
    parts.insert_links(rows, 'n."id"', lambda field: f"i.{link_column(field)}")
    listed = {f.name: f"i.{link_column(f)}" for f in parts.link_fields()}
    image = parts.image("n", plan.collection, listed)
    parts.log("log", f"n.\"id\"::text, 'created', NULL, {image}", rows, plan.collection)
    written = {f.id: f"i.{link_column(f)}" for f in parts.link_fields()}
    return parts.finish(
        f'SELECT v.verdict, n."_version" AS v, {parts.answer("n", written)} AS j '
        f'FROM v LEFT JOIN ({rows}) ON true ORDER BY i."_ord"'
    )


def _returned(parts: Parts) -> str:
    columns = (f"t.{quote_ident(field.column)}" for field in parts.stored())
    return ", ".join((*columns, 't."_version"'))
