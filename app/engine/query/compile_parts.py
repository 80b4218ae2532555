"""What every write statement is made of: the fence, the verdict, the images, the log row.

One statement locks and reads the rows before, computes the rows after, decides a verdict, writes
only where the verdict is null, and appends the change log. See docs/concepts/write-path.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from app.core.sql import qualified, quote_ident
from app.engine.catalog.casts import shadow_sql
from app.engine.catalog.model import Collection, Field
from app.engine.conditions.args import Args
from app.engine.conditions.bind import ALWAYS, Unless
from app.engine.conditions.compile import Scope, compile_condition, masked
from app.engine.policy.model import WriteGuard, WriteRule
from app.engine.query.compile import json_column, link_list
from app.engine.query.plan import Column, Links
from app.engine.query.plan_write import WritePlan
from app.engine.query.write_input import CompiledWrite, attribute

TIMES = ("created_at", "updated_at")


class Parts:
    """The pieces of one statement: its arguments, its CTEs, and how rows are named in them."""

    def __init__(self, plan: WritePlan) -> None:
        self.plan = plan
        self.args = Args()
        self.ctes: list[str] = []
        self.numbers = count(1)
        self.table = plan.catalog.table(plan.collection)
        self._fixed: dict[str, str] = {}
        if plan.shape.joined:
            self.fixed("rows", "json")  # the first argument of every joined statement

    def cte(self, name: str, body: str, *, kept: bool = True) -> None:
        """Add a CTE; ``kept`` keeps Postgres from folding it into others."""
        self.ctes.append(f"{name} AS {'MATERIALIZED ' if kept else ''}({body})")

    def write(self, name: str, body: str) -> None:
        """Add a data-modifying CTE."""
        self.cte(name, body, kept=False)

    def finish(self, select: str) -> CompiledWrite:
        return CompiledWrite(f"WITH {', '.join(self.ctes)} {select}", tuple(self.args.sources))

    def fixed(self, name: str, cast: str) -> str:
        """The placeholder of a member of the WriteInput, the same one each time."""
        if name not in self._fixed:
            self._fixed[name] = self.args.add(attribute(name), cast)
        return self._fixed[name]

    def version(self) -> str:
        if "catalog" not in self._fixed:
            self._fixed["catalog"] = self.args.const(self.plan.catalog.version, "bigint")
        return self._fixed["catalog"]

    def fence(self) -> None:
        meta = qualified(self.plan.catalog.schema, "_meta")
        self.cte("f", f"SELECT 1 FROM {meta} WHERE version = {self.version()}")

    def scope(self, links: Mapping[str, str] | None = None, **aliases: str) -> Scope:
        """What compiling a condition needs."""
        return Scope(self.plan.catalog, self.args, aliases, links or {}, numbers=self.numbers)

    def stored(self) -> tuple[Field, ...]:
        return tuple(self.plan.collection.stored_fields)

    def link_fields(self) -> tuple[Field, ...]:
        """The many_to_many fields that the statement sets."""
        return tuple(self.plan.collection.by_id[field_id] for field_id in self.plan.shape.links)

    def stale(self) -> str:
        return "CASE WHEN NOT EXISTS (SELECT FROM f) THEN 'stale_catalog' END"

    def verdict(self, *parts: str) -> None:
        """The verdict: the first part that is not null."""
        self.cte("v", f"SELECT coalesce({', '.join((self.stale(), *parts))}) AS verdict")

    def guards(
        self, rows: str, alias: str, *, order: str, links: str, before: str | None = None
    ) -> Iterable[str]:
        """What must hold of the rows after: targets exist, rules and the policies' checks.

        ``rows`` is the FROM clause that names them ``alias``, and the rows before ``before``;
        ``order`` an expression that tells which row of the body is at fault; ``links`` the alias
        that holds the bound link lists.
        """
        after = self.links_after(links, before)
        scope = self.scope(after, record=alias, old=before or "o")
        yield from self.target_guards(rows, alias, order=order, links=links)
        yield from self.rule_guards(rows, alias, scope, order=order)
        yield from self.policy_guard(rows, alias, scope, order=order, before=before)

    def target_guards(self, rows: str, alias: str, *, order: str, links: str) -> Iterable[str]:
        """What is pointed to is there, and seen."""
        bound = {field.id: f"{links}.{link_column(field)}" for field in self.link_fields()}
        for field, allowed in self.plan.targets:
            yield self._target_guard(field, allowed, rows, alias, order, bound)

    def rule_guards(self, rows: str, alias: str, scope: Scope, *, order: str) -> Iterable[str]:
        """The collection's own conditions."""
        for rule in self.plan.rules:
            broken = f"({compile_condition(rule.condition, alias, scope)}) IS FALSE"
            yield _first(f"rule:{rule.position}", order, rows, broken)

    def policy_guard(
        self, rows: str, alias: str, scope: Scope, *, order: str, before: str | None = None
    ) -> Iterable[str]:
        asked = self.permitted(self.plan.guard, alias, before, scope)
        if asked:
            yield _first("policy_check_failed:", order, rows, f"({asked}) IS NOT TRUE")

    def permitted(
        self,
        guard: WriteGuard,
        after: str,
        before: str | None,
        scope: Scope,
        *,
        whole: bool = False,
    ) -> str:
        """What the policies ask of a row, by its alias ``before`` and ``after``; empty: nothing.

        The row before and the row after must satisfy the same rule. What the rows before must be
        was asked when they were chosen, unless this is the ``whole`` question.
        """
        former = before if whole or len(guard.rules) > 1 else None
        asking = [rule for rule in guard.rules if rule.check or (former and rule.rows)]
        parts = []
        if len(asking) == len(guard.rules):  # else one of them asks nothing
            asked = [self._rule(rule, after, former, scope) for rule in asking]
            parts.append(f"({' OR '.join(asked)})")
        for denial in guard.denials:
            if denial.after is not None:
                parts.append(compile_condition(Unless(denial.after), after, scope))
            if whole and before is not None and denial.before is not None:
                parts.append(compile_condition(Unless(denial.before), before, scope))
        return " AND ".join(parts)

    def _rule(self, rule: WriteRule, after: str, before: str | None, scope: Scope) -> str:
        parts = []
        if before is not None and rule.rows is not None:
            parts.append(compile_condition(rule.rows, before, scope))
        if rule.check is not None:
            parts.append(compile_condition(rule.check, after, scope))
        return f"({' AND '.join(parts)})"

    def _target_guard(
        self, field: Field, allowed: Any, rows: str, alias: str, order: str,
        bound: Mapping[str, str],
    ) -> str:  # fmt: skip
        target = self.plan.catalog.target(field)
        inner = f"g{next(self.numbers)}"
        table = self.plan.catalog.table(target)
        listed = bound.get(field.id)
        key = f"{inner}k.id" if listed else f"{alias}.{quote_ident(field.column)}"
        allow = ""
        if allowed is not None:
            allow = f" AND {compile_condition(allowed, inner, self.scope())}"
        found = f'EXISTS (SELECT FROM {table} {inner} WHERE {inner}."id" = {key}{allow})'
        shape = self.plan.shape
        if (
            target.id == self.plan.collection.id
            and shape.operation != "update"
            and not shape.joined
        ):
            made = f'SELECT FROM i0 {inner}i WHERE {inner}i."id" = {key}'
            if shape.operation == "upsert":  # what is updated keeps its own id
                made += f' AND NOT EXISTS (SELECT FROM old o WHERE o."_ord" = {inner}i."_ord")'
            found = f"({found} OR EXISTS ({made}))"
        source = f"{rows}, unnest({listed}) {inner}k(id)" if listed else rows
        return _first(
            f"relation_not_found:{field.id}", order, source, f"{key} IS NOT NULL AND NOT {found}"
        )

    def image(self, alias: str, collection: Collection, links: Mapping[str, str]) -> str:
        """A row as the log keeps it: live columns, and the link lists that are given."""
        columns = [f"{alias}.{quote_ident(field.column)}" for field in collection.stored_fields]
        lists = [f"{value} AS {quote_ident(name)}" for name, value in links.items()]
        return f"(SELECT to_jsonb(_o) FROM (SELECT {', '.join((*columns, *lists))}) _o)"

    def log(self, name: str, select: str, source: str, collection: Collection) -> None:
        """Append change rows. ``select`` gives record_id, action, before, after.

        Of joined writes, ``source`` names the rows ``i`` that say whose each is.
        """
        if collection.history == "off":
            return
        changes = qualified(self.plan.catalog.schema, "_changes")
        whose = ('i."_request"', 'i."_actor"')
        if not self.plan.shape.joined:
            whose = (self.fixed("request_id", "text"), self.fixed("actor", "text"))
        fixed = ", ".join((self.version(), *whose, self.args.const(collection.id, "text")))
        self.write(
            name,
            f"INSERT INTO {changes} (schema_version, request_id, actor, collection, record_id,"
            f" action, before, after) SELECT {fixed}, {select} FROM {source}",
        )

    def answer(self, alias: str, written: Mapping[str, str]) -> str:
        """The JSON of a written row, as far as the caller may read it.

        ``written`` are the link lists by field id, as bound (arrays).
        """
        scope = self.scope(written)
        columns = []
        for output in self.plan.outputs:
            if isinstance(output, Column):
                value = json_column(output.field, alias, text_numbers=self.plan.shape.text_numbers)
            elif isinstance(output, Links):
                value = self._links(output, alias, written)
            else:
                continue
            shown = masked(value, output.mask, alias, scope)
            columns.append(f"{shown} AS {quote_ident(output.key)}")
        if not columns:
            return "NULL::json"
        record = f"(SELECT row_to_json(_j) FROM (SELECT {', '.join(columns)}) _j)"
        return masked(record, self.plan.shown, alias, scope)

    def _links(self, output: Links, alias: str, written: Mapping[str, str]) -> str:
        if output.field.id in written:
            return f"to_json({written[output.field.id]})"
        return link_list(output, alias, self.scope())

    def links_after(self, given: str, before: str | None) -> Mapping[str, str]:
        """By many_to_many field that is set, the ids that the record has then (an array).

        ``given`` is the alias that holds the bound lists, ``before`` that of the row before. Links
        that the writer does not see stay.
        """

        def compiled(field: Field) -> str:
            bound = self.given_links(field, given, before)
            is_narrowed = before is not None and field.id in self.plan.linked
            unseen = self._stored_links(field, before, "IS NOT TRUE") if is_narrowed else ""
            return f"({bound} || {unseen})" if unseen else bound

        return self.by_link(compiled)

    def by_link(self, make: Callable[[Field], str]) -> Mapping[str, str]:
        """An expression for each many_to_many field that is set, by field id."""
        return _Compiled({field.id: field for field in self.link_fields()}, make)

    def given_links(self, field: Field, given: str, before: str | None) -> str:
        """The bound list of ids; a row of an upsert that names none keeps those that are seen."""
        bound = f"{given}.{link_column(field)}"
        if self.plan.shape.operation != "upsert" or not self.plan.shape.many or before is None:
            return bound
        return f"coalesce({bound}, {self._stored_links(field, before, 'IS TRUE')})"

    def _stored_links(self, field: Field, before: str | None, seen: str) -> str:
        """The ids that a row is linked to, of targets that the writer sees (``IS TRUE``) or not."""
        rows = self.plan.linked.get(field.id, ALWAYS)
        link, target = f"l{next(self.numbers)}", f"g{next(self.numbers)}"
        table = self.plan.catalog.table(self.plan.catalog.target(field))
        shown = compile_condition(rows, target, self.scope())
        return (
            f'ARRAY(SELECT {link}."target_id" FROM {link_table(self.plan, field)} {link} '
            f'JOIN {table} {target} ON {target}."id" = {link}."target_id" '
            f'WHERE {link}."source_id" = {before}."id" AND ({shown}) {seen})'
        )

    def stored_links(self, field: Field, alias: str) -> str:
        """The ids that a many_to_many field holds in the statement's snapshot."""
        inner = f"l{next(self.numbers)}"
        listed = f'json_agg({inner}."target_id" ORDER BY {inner}."target_id")'
        where = f'{inner}."source_id" = {alias}."id"'
        source = link_table(self.plan, field)
        return f"(SELECT coalesce({listed}, '[]'::json) FROM {source} {inner} WHERE {where})"

    def insert_links(self, rows: str, source_id: str, ids: Callable[[Field], str]) -> None:
        """Add the links of each many_to_many field that is set."""
        for number, field in enumerate(self.link_fields()):
            self.write(
                f"link{number}",
                f"INSERT INTO {link_table(self.plan, field)} (source_id, target_id) "
                f"SELECT {source_id}, x.id FROM {rows}, unnest({ids(field)}) x(id) "
                "ON CONFLICT DO NOTHING",
            )

    def delete_links(self, rows: str, source_id: str, ids: Callable[[Field], str]) -> None:
        """Remove the links that are not among those to be set."""
        for number, field in enumerate(self.link_fields()):
            self.write(
                f"unlink{number}",
                f"DELETE FROM {link_table(self.plan, field)} l USING {rows} "
                f"WHERE l.source_id = {source_id} AND l.target_id <> ALL({ids(field)})",
            )


class _Compiled(Mapping[str, str]):
    """Expressions by field id, each made when first asked for: what an expression binds must stand
    in the text, or Postgres cannot tell its type."""

    def __init__(self, fields: Mapping[str, Field], make: Callable[[Field], str]) -> None:
        self._fields = fields
        self._make = make
        self._made: dict[str, str] = {}

    def __getitem__(self, field_id: str) -> str:
        if field_id not in self._made:
            self._made[field_id] = self._make(self._fields[field_id])
        return self._made[field_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def link_column(field: Field) -> str:
    """The quoted name under which a bound link list stands in a CTE."""
    return quote_ident(f"_m_{field.id}")


def link_table(plan: WritePlan, field: Field) -> str:
    assert field.relation is not None  # noqa: S101 - link fields are relations
    return qualified(plan.catalog.schema, field.relation.link_table or "")


def shadow_columns(fields: Iterable[Field], alias: str) -> dict[str, str]:
    """Shadow columns and their values: what is written, cast to the type that is coming.

    An update sets them all, also of fields that it does not touch: the row may not have been
    copied yet, and from then on its two columns must agree.
    """
    return {
        field.shadow.column: shadow_sql(field, f"{alias}.{quote_ident(field.column)}")
        for field in fields
        if field.shadow is not None
    }


def names(columns: Iterable[str]) -> str:
    return ", ".join(quote_ident(column) for column in columns)


def _first(verdict: str, order: str, rows: str, where: str) -> str:
    """``(SELECT '<verdict>:' || <position> … LIMIT 1)``: null when no row is at fault."""
    label = verdict.rstrip(":")
    return f"(SELECT '{label}:' || {order} FROM {rows} WHERE {where} LIMIT 1)"
