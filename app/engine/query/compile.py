"""From a read plan to one statement. Postgres builds the JSON; values never enter the text.

The statement answers ``(schema version, total, cursor keys, record version, JSON)`` a row, and
at least one row: where the version is not the compiled one, that row holds nothing else. A row as
a whole goes by an alias that no field can have (``_o``): a field of another alias's name would
stand for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.sql import qualified, quote_ident
from app.engine.catalog.field_types import field_type
from app.engine.catalog.field_types.int import SAFE
from app.engine.catalog.field_types.type import FieldType
from app.engine.catalog.model import Field
from app.engine.conditions.args import Args, Source
from app.engine.conditions.compile import (
    Scope,
    compile_condition,
    like_pattern,
    masked,
    related_from,
)
from app.engine.conditions.operands import words
from app.engine.query.compile_past import SOURCE, PastSource, compile_past
from app.engine.query.parameters import InvalidParameterError
from app.engine.query.plan import Column, Links, Nested, Output, ReadPlan, Sort
from app.engine.query.read_shape import DEFAULT_LIMIT

CAPPED_AT = 10_000


@dataclass(frozen=True, slots=True)
class CompiledRead:
    """A text and the sources of its arguments. ``keyed``: rows carry their sort keys as text."""

    text: str
    sources: tuple[Source, ...]
    sort_keys: tuple[str, ...] | None
    count_text: str | None = None
    count_sources: tuple[Source, ...] = ()


def compile_read(plan: ReadPlan) -> CompiledRead:
    """The statement of a list or of a single read."""
    return _Compiler(plan).single() if plan.single else _Compiler(plan).list()


def compile_batched_get(plan: ReadPlan) -> CompiledRead:
    """The statement of several gets at once, each row with its id as its key.

    Its arguments are those of the single get, but for the second: a list of ids.
    """
    return _Compiler(plan).single(batched=True)


class _Compiler:
    """Builds one statement; holds its arguments and its alias numbers."""

    def __init__(self, plan: ReadPlan) -> None:
        self._plan = plan
        self._args = Args()
        self._scope = Scope(plan.catalog, self._args)
        self._past: PastSource | None = None

    def _go_back(self, record: str | None = None) -> None:
        """Where a past time is asked for, read from what was then."""
        plan = self._plan
        if plan.past is not None:
            back = compile_past(plan.catalog, plan.collection, plan.past, self._args, record)
            self._past = back

    def _source(self) -> str:
        return SOURCE if self._past else self._plan.catalog.table(self._plan.collection)

    def single(self, *, batched: bool = False) -> CompiledRead:
        plan = self._plan
        version = self._version()
        key = 'ARRAY[t."id"::text]' if batched else "NULL::text[]"
        record = f"ANY({self._record_ids()})" if batched else self._record_id()
        self._go_back(record)
        number = "NULL::bigint" if self._past else 't."_version"'
        where = self._where("t", f't."id" = {record}')
        inner = (
            f"SELECT {key} AS k, {number} AS v, {self._record('t', plan)} AS j "
            f"FROM {self._source()} t{where}"
        )
        return CompiledRead(self._fenced(version, "NULL::bigint", inner), self._sources(), None)

    def _record_id(self) -> str:
        key = self._plan.collection.fields["id"]
        kind = field_type(key)
        return self._args.slot(0, lambda raw: kind.parse_text(key, raw), "id", kind.bind_type(key))

    def _record_ids(self) -> str:
        key = self._plan.collection.fields["id"]
        return self._args.slot(0, lambda ids: ids, "id", f"{field_type(key).bind_type(key)}[]")

    def list(self) -> CompiledRead:
        plan = self._plan
        version = self._version()
        self._go_back()
        total = self._total()
        where = self._where("t", *self._after_cursor())
        order = ", ".join(self._order(key, "t") for key in plan.sort)
        keys = shown_sort_keys(plan)
        tail = f"{where} ORDER BY {order} LIMIT {self._slot(0)} OFFSET {self._slot(1)}"
        source = f"{self._source()} t"
        if keys is not None:
            inner = (
                "SELECT NULL::text[] AS k, NULL::bigint AS v, row_to_json(_o) AS j "
                f"FROM (SELECT {self._columns('t', plan)} FROM {source}{tail}) _o"
            )
        else:
            texts = ", ".join(f"({self._key(key, 't')})::text" for key in plan.sort)
            inner = (
                f"SELECT ARRAY[{texts}] AS k, NULL::bigint AS v, {self._record('t', plan)} AS j "
                f"FROM {source}{tail}"
            )
        return CompiledRead(
            self._fenced(version, total, inner), self._sources(), keys, *self._estimate()
        )

    def _fenced(self, version: str, total: str, inner: str) -> str:
        meta = qualified(self._plan.catalog.schema, "_meta")
        ctes, verdict = "", ""
        if self._past is not None:
            ctes, verdict = self._past.ctes, f", {self._past.verdict} AS verdict"
        return (
            f"{ctes}SELECT m.version, {total} AS total, x.k, x.v, x.j{verdict} FROM {meta} m "
            f"LEFT JOIN LATERAL ({inner}) x ON m.version = {version}"
        )

    def _sources(self) -> tuple[Source, ...]:
        return tuple(self._args.sources)

    def _version(self) -> str:
        return self._args.const(self._plan.catalog.version, "bigint")

    def _slot(self, index: int) -> str:
        return self._args.slot(index, _whole_or_none, "limit", "bigint")

    def _where(self, alias: str, *more: str) -> str:
        plan = self._plan
        parts = [*more]
        if plan.rows is not None:
            parts.append(compile_condition(plan.rows, alias, self._scope))
        if plan.filter is not None:
            parts.append(compile_condition(plan.filter, alias, self._scope))
        if plan.search is not None:
            parts.append(self._searched(alias))
        return f" WHERE {' AND '.join(parts)}" if parts else ""

    def _searched(self, alias: str) -> str:
        assert self._plan.search is not None  # noqa: S101 - the caller looked
        slot, fields = self._plan.search
        texts = ", ".join(
            masked(f"{alias}.{quote_ident(each.key)}", each.mask, alias, self._scope)
            for each in fields
        )
        value = self._args.slot(slot.index, _patterns, "search", "text[]")
        return f"concat_ws(' ', {texts}) ILIKE ALL({value})"

    def _total(self) -> str:
        plan = self._plan
        if plan.count not in {"exact", "capped"}:
            return "NULL::bigint"
        source = f"FROM {self._source()} c{self._where('c')}"
        if plan.count == "exact":
            return f"(SELECT count(*) {source})"
        return f"(SELECT count(*) FROM (SELECT {source} LIMIT {CAPPED_AT + 1}) n)"

    def _estimate(self) -> tuple[str | None, tuple[Source, ...]]:
        """The statement that the planner is asked about, for ``count=estimated``."""
        if self._plan.count != "estimated":
            return None, ()
        other = _Compiler(self._plan)
        table = self._plan.catalog.table(self._plan.collection)
        text = f"EXPLAIN (FORMAT JSON) SELECT FROM {table} c{other._where('c')}"
        return text, other._sources()

    def _record(self, alias: str, plan: ReadPlan) -> str:
        return f"(SELECT row_to_json(_o) FROM (SELECT {self._columns(alias, plan)}) _o)"

    def _columns(self, alias: str, plan: ReadPlan) -> str:
        outputs = [
            f"{self._output(output, alias, plan)} AS {quote_ident(output.key)}"
            for output in plan.outputs
        ]
        return ", ".join(outputs) or "NULL AS nothing"

    def _output(self, output: Output, alias: str, plan: ReadPlan) -> str:
        return masked(self._unmasked(output, alias, plan), output.mask, alias, self._scope)

    def _unmasked(self, output: Output, alias: str, plan: ReadPlan) -> str:
        if isinstance(output, Column):
            return json_column(output.field, alias, text_numbers=plan.text_numbers)
        if isinstance(output, Links):
            return link_list(output, alias, self._scope)
        return self._nested(output, alias)

    def _nested(self, output: Nested, alias: str) -> str:
        plan = output.plan
        inner = f"e{next(self._scope.numbers)}"
        source, joined = related_from(output.field, alias, inner, self._scope)
        parts = [joined]
        if plan.rows is not None:
            parts.append(compile_condition(plan.rows, inner, self._scope))
        if plan.filter is not None:
            parts.append(compile_condition(plan.filter, inner, self._scope))
        columns = self._columns(inner, plan)
        chosen = f"SELECT {columns} FROM {source} WHERE {' AND '.join(parts)}"
        if output.field.is_belongs_to:
            return f"(SELECT row_to_json(_o) FROM ({chosen}) _o)"
        order = ", ".join(self._order(key, inner) for key in plan.sort)
        limit = str(DEFAULT_LIMIT) if plan.limit is None else self._slot(plan.limit)
        listed = f"{chosen} ORDER BY {order} LIMIT {limit}"
        return f"(SELECT coalesce(json_agg(_o), '[]'::json) FROM ({listed}) _o)"

    def _order(self, key: Sort, alias: str) -> str:
        direction = " DESC" if key.descending else ""
        nulls = ""
        if key.nullable and key.nulls_first != key.descending:
            nulls = " NULLS FIRST" if key.nulls_first else " NULLS LAST"
        return f"{self._key(key, alias)}{direction}{nulls}"

    def _key(self, key: Sort, alias: str) -> str:
        return sort_expression(key, alias, self._scope)

    def _after_cursor(self) -> Iterator[str]:
        """The rows behind the cursor. Its values are the last of the request's values."""
        nulls = self._plan.cursor
        if nulls is None:
            return
        keys = self._plan.sort
        expressions = [self._key(key, "t") for key in keys]
        values = [
            "NULL" if nulls[n] else self._cursor_value(n, key, len(keys))
            for n, key in enumerate(keys)
        ]
        if not any(key.nullable for key in keys) and len({k.descending for k in keys}) == 1:
            sign = "<" if keys[0].descending else ">"
            yield f"({', '.join(expressions)}) {sign} ({', '.join(values)})"
            return
        yield _after(keys, expressions, values, nulls)

    def _cursor_value(self, number: int, key: Sort, total: int) -> str:
        kind, field = field_type(key.field), key.field
        return self._args.add(_cursor_source(number - total, kind, field), kind.bind_type(field))


def sort_expression(key: Sort, alias: str, scope: Scope) -> str:
    """The value at the end of a sort key's path; through relations a scalar sub-select."""
    if not key.hops:
        return masked(f"{alias}.{quote_ident(key.field.column)}", key.mask, alias, scope)
    hop, *rest = key.hops
    inner = f"s{next(scope.numbers)}"
    table = scope.catalog.table(hop.collection)
    parts = [f'{inner}."id" = {alias}.{quote_ident(hop.field.column)}']
    if hop.rows is not None:
        parts.append(compile_condition(hop.rows, inner, scope))
    value = sort_expression(replace(key, hops=tuple(rest)), inner, scope)
    found = f"(SELECT {value} FROM {table} {inner} WHERE {' AND '.join(parts)})"
    return masked(found, hop.mask, alias, scope)


def safe_number(expression: str) -> str:
    """A whole number as JSON: beyond ±2^53 a string."""
    safe = f"{expression} BETWEEN -{SAFE} AND {SAFE}"
    return f"CASE WHEN {safe} THEN to_json({expression}) ELSE to_json({expression}::text) END"


def link_list(output: Links, alias: str, scope: Scope) -> str:
    """The ids that a many_to_many field of ``alias`` holds, of the targets that are seen, as JSON.

    As of the statement's snapshot.
    """
    relation = output.field.relation
    assert relation is not None  # noqa: S101 - links come of relations
    links = qualified(scope.catalog.schema, relation.link_table or "")
    inner = f"l{next(scope.numbers)}"
    join = ""
    if output.rows is not None:
        target = f"r{next(scope.numbers)}"
        allowed = compile_condition(output.rows, target, scope)
        table = scope.catalog.table(output.collection)
        join = f' JOIN {table} {target} ON {target}."id" = {inner}."target_id" AND {allowed}'
    listed = f'json_agg({inner}."target_id" ORDER BY {inner}."target_id")'
    where = f'{inner}."source_id" = {alias}."id"'
    return f"(SELECT coalesce({listed}, '[]'::json) FROM {links} {inner}{join} WHERE {where})"


def json_column(field: Field, alias: str, *, text_numbers: bool = False) -> str:
    """A column as it goes into the JSON: whole numbers beyond ±2^53 are strings."""
    column = f"{alias}.{quote_ident(field.column)}"
    kind = field_type(field).bind_type(field)
    if text_numbers and kind in {"bigint", "numeric"}:
        return f"{column}::text"
    if kind != "bigint" or _is_small(field):
        return column
    return safe_number(column)


def shown_sort_keys(plan: ReadPlan) -> tuple[str, ...] | None:
    """The JSON keys that hold the sort keys, if every one is shown plainly."""
    shown = {output.field.id: output.key for output in plan.outputs if isinstance(output, Column)}
    keys = tuple(shown.get(key.field.id) for key in plan.sort if not key.hops)
    plain = tuple(key for key in keys if key is not None)
    return plain if len(plain) == len(plan.sort) else None


def _is_small(field: Field) -> bool:
    bounds = (field.min, field.max)
    return all(bound is not None and abs(int(bound)) <= SAFE for bound in bounds)


def _whole_or_none(raw: int | None) -> int | None:
    """A limit; none where the whole list is wanted (``LIMIT NULL``)."""
    return raw


def _patterns(raw: str) -> list[str] | None:
    found = words(raw)
    return None if found is None else [like_pattern("contains", word) for word in found]


def _cursor_source(position: int, kind: FieldType, field: Field) -> Source:
    def value(values: Sequence[object], _context: object) -> object:
        raw = values[position]
        try:
            return None if raw is None else kind.parse_text(field, str(raw))
        except ValueError:
            raise InvalidParameterError("This is no cursor of ours.", parameter="cursor") from None

    return value


def _after(
    keys: Sequence[Sort], expressions: Sequence[str], values: Sequence[str], nulls: Sequence[bool]
) -> str:
    """Nullable keys in the explicit OR form: equal so far, then behind."""
    branches, equal = [], ""
    for key, expression, value, is_null in zip(keys, expressions, values, nulls, strict=True):
        branches.append(f"({equal}{_behind(key, expression, value, is_null=is_null)})")
        same = f"{expression} IS NULL" if is_null else f"{expression} = {value}"
        equal += f"{same} AND "
    return f"({' OR '.join(branches)})"


def _behind(key: Sort, expression: str, value: str, *, is_null: bool) -> str:
    sign = "<" if key.descending else ">"
    if is_null:
        return f"{expression} IS NOT NULL" if key.nulls_first else "false"
    if key.nullable and not key.nulls_first:
        return f"({expression} {sign} {value} OR {expression} IS NULL)"
    return f"{expression} {sign} {value}"
