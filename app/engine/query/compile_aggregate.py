"""From an aggregate plan to one statement: rows chosen, then grouped, then chosen again.

Values through relations are scalar sub-selects of the first step, so that no join multiplies rows.
"""

from app.core.sql import qualified, quote_ident
from app.engine.conditions.args import Args
from app.engine.conditions.compile import Scope, compile_condition
from app.engine.query.compile import CompiledRead, safe_number, sort_expression
from app.engine.query.plan_aggregate import AggregatePlan, Column
from app.engine.query.read_shape import SortKey

_FUNCTIONS = {
    "count": "count({0})",
    "count_distinct": "count(DISTINCT {0})",
    "sum": "sum({0})",
    "avg": "avg({0})",
    "min": "min({0})",
    "max": "max({0})",
}


def compile_aggregate(plan: AggregatePlan) -> CompiledRead:
    """The statement; its rows are those of a list."""
    args = Args()
    scope = Scope(plan.catalog, args)
    version = args.const(plan.catalog.version, "bigint")
    chosen = _chosen(plan, scope)
    grouped = _grouped(plan, chosen)
    having = ""
    if plan.having is not None:
        having = f" WHERE {compile_condition(plan.having, 'a', scope)}"
    order = ", ".join(_order(key) for key in plan.sort)
    limit = args.slot(0, lambda raw: raw, "limit", "bigint")
    tail = f"{having}{f' ORDER BY {order}' if order else ''} LIMIT {limit}"
    shown = ", ".join(_shown(column) for column in (*plan.groups, *plan.measures))
    inner = (
        "SELECT NULL::text[] AS k, NULL::bigint AS v, row_to_json(_o) AS j "
        f"FROM (SELECT {shown} FROM ({grouped}) a{tail}) _o"
    )
    meta = qualified(plan.catalog.schema, "_meta")
    return CompiledRead(
        f"SELECT m.version, NULL::bigint AS total, x.k, x.v, x.j FROM {meta} m "
        f"LEFT JOIN LATERAL ({inner}) x ON m.version = {version}",
        tuple(args.sources),
        None,
    )


def _chosen(plan: AggregatePlan, scope: Scope) -> str:
    columns = []
    for number, column in enumerate((*plan.groups, *plan.measures)):
        if column.source is not None:
            value = sort_expression(column.source, "t", scope)
            columns.append(f"{_bucketed(column, value)} AS c{number}")
    parts = []
    if plan.rows is not None:
        parts.append(compile_condition(plan.rows, "t", scope))
    if plan.filter is not None:
        parts.append(compile_condition(plan.filter, "t", scope))
    where = f" WHERE {' AND '.join(parts)}" if parts else ""
    table = plan.catalog.table(plan.collection)
    return f"SELECT {', '.join(columns)} FROM {table} t{where}"


def _bucketed(column: Column, value: str) -> str:
    if column.bucket is None:
        return value
    truncated = f"date_trunc('{column.bucket}', {value})"
    return truncated if column.bucket == "hour" else f"{truncated}::date"


def _grouped(plan: AggregatePlan, chosen: str) -> str:
    columns = [f"c{n} AS {quote_ident(g.name)}" for n, g in enumerate(plan.groups)]
    for number, column in enumerate(plan.measures, start=len(plan.groups)):
        assert column.measure is not None  # noqa: S101 - measures come of measures
        value = "*" if column.source is None else f"c{number}"
        function = _FUNCTIONS[column.measure.function].format(value)
        columns.append(f"{function} AS {quote_ident(column.name)}")
    by = ", ".join(f"c{n}" for n in range(len(plan.groups)))
    return f"SELECT {', '.join(columns)} FROM ({chosen}) c{f' GROUP BY {by}' if by else ''}"


def _shown(column: Column) -> str:
    value = f"a.{quote_ident(column.name)}"
    shown = safe_number(value) if column.field.type == "int" and column.source else value
    return f"{shown} AS {quote_ident(column.name)}"


def _order(key: SortKey) -> str:
    direction = " DESC" if key.descending else ""
    nulls = f" NULLS {key.nulls.upper()}" if key.nulls else ""
    return f"a.{quote_ident(key.path[0])}{direction}{nulls}"
