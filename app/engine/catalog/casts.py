"""Turning a stored column of one type into another: the expression, and which rows resist.

Used by the schema engine to try a type change before it is made, and by the write path, which
fills the second column of a field whose type is being changed (``shadow_sql``). Expressions depend
on no session setting, so that the same row always gives the same value.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.core.sql import quote_ident
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Field

_TEXT_TYPES = frozenset({"string", "text", "email", "url", "enum"})
_INT_RANGE = "BETWEEN -9223372036854775808 AND 9223372036854775807"
_INT = r"^\s*[-+]?[0-9]{1,30}\s*$"
_NUMBER = r"^\s*[-+]?([0-9]{1,255}(\.[0-9]{0,255})?|\.[0-9]{1,255})([eE][-+]?[0-9]{1,3})?\s*$"
_DATE = r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_OFFSET = r"([zZ]|[-+](0[0-9]|1[0-4]):?[0-5][0-9])"
_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_WORDS = "('true','false','t','f','1','0','yes','no','y','n','on','off')"


@dataclass(frozen=True, slots=True)
class Cast:
    """``sql`` gives the new value; ``fails`` and ``loses`` are true for rows that cannot be cast,
    or come out as less than they were. ``loses`` may be asked only where ``fails`` is not true.
    """

    sql: str
    fails: str | None = None
    loses: str | None = None

    @property
    def exact(self) -> bool:
        return self.fails is None and self.loses is None


def find_cast(old: Field, new: Field, column: str) -> Cast | None:
    """The cast of a quoted column from one field's type to another's; None: there is none."""
    source, target = _family(old), _family(new)
    if source == target and source not in ("decimal", "array"):
        return Cast(column)
    maker = _CASTS.get((source, target))
    return maker(column, old, new) if maker else None


def shadow_sql(field: Field, column: str | None = None) -> str:
    """The value of a field's shadow column, from the quoted column (or alias) that holds the old.

    Every write to the row must set the shadow column to this, also where the field is untouched.
    """
    assert field.shadow is not None  # noqa: S101 - callers look first
    cast = find_cast(field, shadow_field(field), column or quote_ident(field.column))
    assert cast is not None  # noqa: S101 - no such change would have begun
    return cast.sql


def shadow_field(field: Field) -> Field:
    """The field as it will be once its type change is done."""
    assert field.shadow is not None  # noqa: S101 - callers look first
    options = dict(field.shadow.options)
    if "values" in options:
        options["values"] = tuple(options["values"])
    return replace(
        field, type=field.shadow.type, column=field.shadow.column, shadow=None, **options
    )


def _family(field: Field) -> str:
    if field.type in _TEXT_TYPES:
        return "text"
    if field.type == "relation":
        return f"relation:{field.items or 'uuid'}"
    return "uuid" if field.type == "file" else field.type


def _guarded(pattern: str, column: str, otherwise: str) -> str:
    """True for values that do not match, or match and are ``otherwise`` bad."""
    return f"CASE WHEN {column} ~ '{pattern}' THEN {otherwise} ELSE true END"


def _text_to_int(column: str, _old: Field, _new: Field) -> Cast:
    fails = _guarded(_INT, column, f"{column}::numeric NOT {_INT_RANGE}")
    return Cast(f"{column}::bigint", fails, f"{column}::bigint::text <> {column}")


def _text_to_decimal(column: str, _old: Field, new: Field) -> Cast:
    inner = _numeric(f"{column}::numeric", new)
    return Cast(inner.sql, _guarded(_NUMBER, column, inner.fails or "false"), inner.loses)


def _text_to_float(column: str, _old: Field, _new: Field) -> Cast:
    number = f"{column}::numeric"
    range_ = f"({number} <> 0 AND abs({number}) NOT BETWEEN 1e-300 AND 1e308)"
    return Cast(
        f"{column}::double precision",
        _guarded(_NUMBER, column, range_),
        f"{column}::double precision::numeric <> {number}",
    )


def _text_to_boolean(column: str, _old: Field, _new: Field) -> Cast:
    word = f"lower(btrim({column}))"
    return Cast(f"{word}::boolean", f"{word} NOT IN {_WORDS}", f"{word}::boolean::text <> {column}")


def _text_to_date(column: str, _old: Field, _new: Field) -> Cast:
    return Cast(
        f"{column}::date",
        _guarded(f"^{_DATE}$", column, _no_such_day(column)),
    )


def _text_to_datetime(column: str, _old: Field, _new: Field) -> Cast:
    pattern = f"^{_DATE}([T ]{_TIME}({_OFFSET})?)?$"
    zoned = f"CASE WHEN {column} ~ '{_OFFSET}$' AND length({column}) > 10 THEN {column}"
    sql = f"({zoned} ELSE {column} || ' UTC' END)::timestamptz"
    return Cast(sql, _guarded(pattern, column, _no_such_day(column)))


def _no_such_day(column: str) -> str:
    year, month, day = (
        f"substr({column}, {start}, {length})::int" for start, length in ((1, 4), (6, 2), (9, 2))
    )
    leap = f"({year} % 4 = 0 AND ({year} % 100 <> 0 OR {year} % 400 = 0))"
    return (
        f"({month} IN (4, 6, 9, 11) AND {day} > 30 "
        f"OR {month} = 2 AND {day} > CASE WHEN {leap} THEN 29 ELSE 28 END)"
    )


def _text_to_uuid(column: str, _old: Field, _new: Field) -> Cast:
    return Cast(f"{column}::uuid", f"{column} !~ '{_UUID}'")


def _to_json(column: str, _old: Field, _new: Field) -> Cast:
    return Cast(f"to_jsonb({column})")


def _json_to_text(column: str, _old: Field, _new: Field) -> Cast:
    return Cast(f"({column} #>> '{{}}')", None, f"jsonb_typeof({column}) <> 'string'")


def _json_to_scalar(column: str, old: Field, new: Field) -> Cast | None:
    """Through the text of the JSON value."""
    text = f"({column} #>> '{{}}')"
    inner = find_cast(replace(old, type="text"), new, text)
    if inner is None:
        return None
    loses = f"jsonb_typeof({column}) = 'null'"
    return Cast(inner.sql, inner.fails, f"({loses}) OR ({inner.loses})" if inner.loses else loses)


def _unwrapped(column: str, old: Field, new: Field) -> Cast | None:
    """The only item of an array."""
    inner = find_cast(replace(old, type=old.items or "string"), new, f"{column}[1]")
    if inner is None:
        return None
    many, none = f"cardinality({column}) > 1", f"cardinality({column}) = 0"
    return Cast(
        inner.sql,
        f"{many} OR ({inner.fails})" if inner.fails else many,
        f"{none} OR ({inner.loses})" if inner.loses else none,
    )


def _wrapped(column: str, old: Field, new: Field) -> Cast | None:
    inner = find_cast(old, replace(new, type=new.items or "string"), column)
    if inner is None or not inner.exact:
        return None
    return Cast(f"CASE WHEN {column} IS NOT NULL THEN ARRAY[{inner.sql}]::{_type(new)} END")


def _plain(column: str, _old: Field, new: Field) -> Cast:
    return Cast(f"{column}::{_type(new)}")


def _int_to_float(column: str, _old: Field, _new: Field) -> Cast:
    sql = f"{column}::double precision"
    return Cast(sql, None, f"{sql}::numeric <> {column}")


def _int_to_boolean(column: str, _old: Field, _new: Field) -> Cast:
    return Cast(f"({column} <> 0)", None, f"{column} NOT IN (0, 1)")


def _boolean_to_int(column: str, _old: Field, _new: Field) -> Cast:
    return Cast(f"{column}::int::bigint")


def _to_decimal(column: str, old: Field, new: Field) -> Cast:
    if old.type == "decimal" and _widens(old, new):
        return Cast(f"{column}::{_type(new)}")
    return _numeric(f"{column}::numeric", new)


def _float_to_decimal(column: str, _old: Field, new: Field) -> Cast:
    inner = _numeric(f"{column}::numeric", new)
    finite = f"{column} IN ('NaN', 'Infinity', '-Infinity')"
    fails = f"({finite}) OR ({inner.fails})" if inner.fails else finite
    return Cast(inner.sql, fails, f"({inner.sql})::double precision <> {column}")


def _numeric(number: str, new: Field) -> Cast:
    """A numeric expression fitted to the new field's precision and scale."""
    if new.precision is None:
        return Cast(number)
    scale = new.scale or 0
    digits = new.precision - scale
    return Cast(
        f"({number})::{_type(new)}",
        f"abs(round({number}, {scale})) >= 1e{digits}",
        f"round({number}, {scale}) <> {number}",
    )


def _widens(old: Field, new: Field) -> bool:
    if new.precision is None:
        return True
    if old.precision is None:
        return False
    old_scale, new_scale = old.scale or 0, new.scale or 0
    return new_scale >= old_scale and new.precision - new_scale >= old.precision - old_scale


def _float_to_int(column: str, _old: Field, _new: Field) -> Cast:
    fails = f"NOT ({column} > -9.2233720368547e18 AND {column} < 9.2233720368547e18)"
    return Cast(f"{column}::bigint", fails, f"trunc({column}) <> {column}")


def _decimal_to_int(column: str, _old: Field, _new: Field) -> Cast:
    fails = f"round({column}) NOT {_INT_RANGE}"
    return Cast(f"round({column})::bigint", fails, f"trunc({column}) <> {column}")


def _decimal_to_float(column: str, _old: Field, _new: Field) -> Cast:
    sql = f"{column}::double precision"
    fails = f"({column} <> 0 AND abs({column}) NOT BETWEEN 1e-300 AND 1e308)"
    return Cast(sql, fails, f"{sql}::numeric <> {column}")


def _date_to_datetime(column: str, _old: Field, _new: Field) -> Cast:
    return Cast(f"({column}::timestamp AT TIME ZONE 'UTC')")


def _datetime_to_date(column: str, _old: Field, _new: Field) -> Cast:
    day = f"({column} AT TIME ZONE 'UTC')::date"
    return Cast(f"({day})", None, f"({day})::timestamp AT TIME ZONE 'UTC' <> {column}")


def _date_to_text(column: str, _old: Field, _new: Field) -> Cast:
    return Cast(f"to_char({column}, 'YYYY-MM-DD')")


def _datetime_to_text(column: str, _old: Field, _new: Field) -> Cast:
    moment = f"{column} AT TIME ZONE 'UTC'"
    return Cast(f'to_char({moment}, \'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"\')')


def _array_to_array(column: str, old: Field, new: Field) -> Cast | None:
    item, wanted = (
        replace(old, type=old.items or "string"),
        replace(new, type=new.items or "string"),
    )
    inner = find_cast(item, wanted, "x")
    if inner is None or not inner.exact:
        return None
    return Cast(column if _type(old) == _type(new) else f"{column}::{_type(new)}")


def _type(field: Field) -> str:
    return field_type(field).ddl_type(field)


_SCALARS = ("text", "int", "float", "decimal", "boolean", "date", "datetime", "uuid")
_CASTS: dict[tuple[str, str], Callable[[str, Field, Field], Cast | None]] = {
    ("text", "int"): _text_to_int,
    ("text", "decimal"): _text_to_decimal,
    ("text", "float"): _text_to_float,
    ("text", "boolean"): _text_to_boolean,
    ("text", "date"): _text_to_date,
    ("text", "datetime"): _text_to_datetime,
    ("text", "uuid"): _text_to_uuid,
    ("int", "decimal"): _to_decimal,
    ("int", "float"): _int_to_float,
    ("int", "boolean"): _int_to_boolean,
    ("int", "text"): _plain,
    ("float", "int"): _float_to_int,
    ("float", "decimal"): _float_to_decimal,
    ("float", "text"): _plain,
    ("decimal", "decimal"): _to_decimal,
    ("decimal", "int"): _decimal_to_int,
    ("decimal", "float"): _decimal_to_float,
    ("decimal", "text"): _plain,
    ("boolean", "int"): _boolean_to_int,
    ("boolean", "text"): _plain,
    ("date", "datetime"): _date_to_datetime,
    ("date", "text"): _date_to_text,
    ("datetime", "date"): _datetime_to_date,
    ("datetime", "text"): _datetime_to_text,
    ("uuid", "text"): _plain,
    ("json", "text"): _json_to_text,
    ("array", "array"): _array_to_array,
    **{(source, "array"): _wrapped for source in _SCALARS},
    **{("array", target): _unwrapped for target in _SCALARS},
    **{("json", s): _json_to_scalar for s in ("int", "boolean", "uuid")},
    **{(s, "json"): _to_json for s in ("text", "int", "boolean", "uuid", "array")},
}
