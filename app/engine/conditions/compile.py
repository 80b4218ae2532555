"""A bound condition as an SQL expression; no value ever becomes part of the text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as member
from itertools import count
from typing import Any

from app.core.sql import qualified, quote_ident
from app.engine.catalog.field_types import field_type, scalar_type
from app.engine.catalog.model import Catalog, Field
from app.engine.conditions.args import Args, Source, slot_source, variable_source
from app.engine.conditions.bind import Bound, BoundAll, BoundAny, BoundNot, Exists, Test, Unless
from app.engine.conditions.operands import is_nullable, operand_parser
from app.engine.conditions.tree import InvalidValueError, Literal, Reference, Slot, Variable


@dataclass(slots=True)
class Scope:
    """What compiling needs besides the condition.

    ``aliases`` maps the row names of ``$old`` and ``$record`` to SQL aliases. ``links`` replaces a
    many_to_many field's stored links by a bound list (column expression of an array), for checks
    before the links are written.
    """

    catalog: Catalog
    args: Args
    aliases: Mapping[str, str] = member(default_factory=dict)
    links: Mapping[str, str] = member(default_factory=dict)
    numbers: Any = member(default_factory=lambda: count(1))


def compile_condition(bound: Bound, alias: str, scope: Scope) -> str:
    """The SQL expression of a condition on the row ``alias``."""
    if isinstance(bound, BoundAll):
        return _join(bound.items, " AND ", "true", alias, scope)
    if isinstance(bound, BoundAny):
        return _join(bound.items, " OR ", "false", alias, scope)
    if isinstance(bound, BoundNot):
        inner = compile_condition(bound.item, alias, scope)
        return _guarded(f"NOT {inner}", bound.item, scope)
    if isinstance(bound, Exists):
        return _exists(bound, alias, scope)
    if isinstance(bound, Unless):
        inner = compile_condition(bound.item, alias, scope)
        return _guarded(f"{inner} IS NOT TRUE", bound.item, scope)
    return f"({_test(bound, alias, scope)})"


def _guarded(negation: str, item: Bound, scope: Scope) -> str:
    """A negation holds only where every operand of what it negates has a value: a variable without
    one must not make anything true, whatever stands beside it."""
    return f"({' AND '.join((negation, *_null_guards(item, scope)))})"


def _join(items: tuple[Bound, ...], word: str, empty: str, alias: str, scope: Scope) -> str:
    parts = [compile_condition(item, alias, scope) for item in items]
    return f"({word.join(parts)})" if parts else empty


def _exists(bound: Exists, alias: str, scope: Scope) -> str:
    inner = f"r{next(scope.numbers)}"
    source, joined = related_from(bound.field, alias, inner, scope)
    parts = [joined]
    if bound.rows is not None:
        parts.append(compile_condition(bound.rows, inner, scope))
    if bound.mask is not None:
        parts.append(compile_condition(bound.mask, alias, scope))
    if bound.item is not None:
        parts.append(compile_condition(bound.item, inner, scope))
    return f"EXISTS (SELECT FROM {source} WHERE {' AND '.join(parts)})"


def related_from(relation: Field, alias: str, inner: str, scope: Scope) -> tuple[str, str]:
    """``(FROM source, join condition)`` of the records that ``relation`` leads to."""
    target = scope.catalog.target(relation)
    table = f"{scope.catalog.table(target)} {inner}"
    assert relation.relation is not None  # noqa: S101 - callers come with relations only
    if relation.relation.kind == "belongs_to":
        return table, f'{inner}."id" = {alias}.{quote_ident(relation.column)}'
    if relation.relation.kind == "has_many":
        via = target.by_id[relation.relation.via or ""]
        return table, f'{inner}.{quote_ident(via.column)} = {alias}."id"'
    if relation.id in scope.links:
        return table, f'{inner}."id" = ANY({scope.links[relation.id]})'
    link = f"l{next(scope.numbers)}"
    links = qualified(scope.catalog.schema, relation.relation.link_table or "")
    source = f'{links} {link} JOIN {table} ON {inner}."id" = {link}."target_id"'
    return source, f'{link}."source_id" = {alias}."id"'


def _null_guards(bound: Bound, scope: Scope) -> list[str]:
    """``$n IS NOT NULL`` for each operand in ``bound`` that may be null."""
    if isinstance(bound, BoundAll | BoundAny):
        return [guard for item in bound.items for guard in _null_guards(item, scope)]
    if isinstance(bound, BoundNot | Unless):
        return _null_guards(bound.item, scope)
    if isinstance(bound, Exists):
        return _null_guards(bound.item, scope) if bound.item is not None else []
    if not is_nullable(bound) or isinstance(bound.operand, Reference):
        return []
    known = scope.args.add(_is_known(_source(bound)), "boolean")
    return [known]


def _is_known(source: Source) -> Source:
    return lambda values, context: source(values, context) is not None


def _test(test: Test, alias: str, scope: Scope) -> str:
    column = masked(f"{alias}.{quote_ident(test.field.column)}", test.mask, alias, scope)
    if test.json_path:
        return _json_path_test(test, column, scope)
    if test.operator == "isnull":
        return f"{column} IS NULL" if test.operand is True else f"{column} IS NOT NULL"
    if isinstance(test.operand, Reference):
        row = scope.aliases[test.operand.row]
        return f"{column} {_SIGNS[test.operator]} {row}.{quote_ident(test.operand.field)}"
    if test.operator == "between":
        low, high = (_part(test, n, scope) for n in (0, 1))
        return f"{column} BETWEEN {low} AND {high}"
    return _render(test, column, scope.args.add(_shaped(test), _cast(test)))


def masked(expression: str, mask: Bound | None, alias: str, scope: Scope) -> str:
    """The expression where the mask holds of the row ``alias``, else null."""
    if mask is None:
        return expression
    return f"(CASE WHEN {compile_condition(mask, alias, scope)} THEN {expression} END)"


def _render(test: Test, column: str, value: str) -> str:
    if test.operator in _SIGNS:
        return f"{column} {_SIGNS[test.operator]} {value}"
    if test.operator == "contains" and test.field.type in {"json", "array"}:
        return f"{column} @> {value}"
    return _TEMPLATES[test.operator].format(column=column, value=value)


_SIGNS = {"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_TEMPLATES = {
    "in": "{column} = ANY({value})",
    "notin": "{column} <> ALL({value})",
    "any": "{column} && {value}",
    "all": "{column} @> {value}",
    "contains": "{column} LIKE {value}",
    "startswith": "{column} ^@ {value}",
    "endswith": "{column} LIKE {value}",
    "icontains": "{column} ILIKE {value}",
    "istartswith": "{column} ILIKE {value}",
    "iexact": "lower({column}) = lower({value})",
    "search": "{column} ILIKE ALL({value})",
    "has_key": "{column} ? {value}",
}


def _cast(test: Test) -> str:
    kind = field_type(test.field)
    if test.field.type == "array" and test.operator in {"any", "all", "contains"}:
        return f"{scalar_type(test.field.items or 'string').bind_type(test.field)}[]"
    if test.operator in {"in", "notin"}:
        return f"{kind.bind_type(test.field)}[]"
    if test.operator == "search":
        return "text[]"
    if test.operator in {"startswith", "iexact", "has_key"}:
        return "text"
    is_container = test.operator == "contains" and test.field.type == "json"
    return "text" if test.operator in _PATTERNS and not is_container else kind.bind_type(test.field)


def like_pattern(operator: str, text: str) -> str:
    """The LIKE pattern of a text operator, with its wildcards escaped."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return _PATTERNS[operator].format(escaped)


_PATTERNS = {"contains": "%{}%", "icontains": "%{}%", "endswith": "%{}", "istartswith": "{}%"}


def _shaped(test: Test) -> Source:
    """The operand's source, in the shape its operator wants (a pattern, a list of patterns)."""
    source, operator = _source(test), test.operator
    if operator == "search":
        return _mapped(source, lambda found: [like_pattern("contains", word) for word in found])
    if operator in _PATTERNS and (test.field.type not in {"json", "array"} or test.json_path):
        return _mapped(source, lambda text: like_pattern(operator, text))
    return source


def _mapped(source: Source, change: Callable[[Any], Any]) -> Source:
    def value(values: Any, context: Any) -> Any:
        held = source(values, context)
        return None if held is None else change(held)

    return value


def _source(test: Test) -> Source:
    parse = operand_parser(test)
    if isinstance(test.operand, Variable):
        return variable_source(test.operand.name, parse)
    if isinstance(test.operand, Literal):
        value = parse_literal(test, parse)
        return lambda _values, _context: value
    assert isinstance(test.operand, Slot)  # noqa: S101 - references and truths were taken before
    return slot_source(test.operand.index, parse, test.where)


def parse_literal(test: Test, parse: Callable[[Any], Any]) -> Any:
    """A stored condition's value; raises InvalidValueError where its field refuses it."""
    assert isinstance(test.operand, Literal)  # noqa: S101 - the caller looked
    try:
        return parse(test.operand.value)
    except ValueError as error:
        raise InvalidValueError(f"{test.where}: {error}", parameter=test.where) from None


def _part(test: Test, number: int, scope: Scope) -> str:
    pick = _mapped(_source(test), lambda pair: pair[number])
    return scope.args.add(pick, field_type(test.field).bind_type(test.field))


def _json_path_test(test: Test, column: str, scope: Scope) -> str:
    path = scope.args.const(list(test.json_path), "text[]")
    text = f"({column} #>> {path})"
    if test.operator == "isnull":
        return f"{text} IS {'' if test.operand is True else 'NOT '}NULL"
    if test.operator == "has_key":
        return f"({column} #> {path}) ? {scope.args.add(_source(test), 'text')}"
    if test.operator in _SIGNS:
        return _json_comparison(test, column, path, text, scope)
    cast = "text[]" if test.operator in {"in", "notin"} else "text"
    value = scope.args.add(_shaped(test), cast)
    return _TEMPLATES[test.operator].format(column=text, value=value)


def _json_comparison(test: Test, column: str, path: str, text: str, scope: Scope) -> str:
    """As numbers where both sides are numbers, otherwise as text."""
    sign, source = _SIGNS[test.operator], _source(test)
    words = scope.args.add(_mapped(source, lambda pair: pair[0]), "text")
    number = scope.args.add(_mapped(source, lambda pair: pair[1]), "numeric")
    numeric = f"{number} IS NOT NULL AND jsonb_typeof({column} #> {path}) = 'number'"
    return (
        f"CASE WHEN {numeric} THEN {text}::numeric {sign} {number} ELSE {text} {sign} {words} END"
    )
