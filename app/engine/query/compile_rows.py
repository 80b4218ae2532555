"""The rows that a write brings: bound one by one, or unpacked from one document."""

from collections.abc import Iterable, Sequence

from app.core.sql import quote_ident
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.query.compile_parts import TIMES, Parts, link_column, shadow_columns
from app.engine.query.write_input import column_value, link_ids

_WHOSE = (("_request", "text"), ("_actor", "text"))
"""Of joined writes, each row is of a request and a caller of its own."""


def input_rows(parts: Parts) -> None:
    """The CTE ``i0``: every stored column, the link lists, and ``_ord``, the row's position."""
    if parts.plan.shape.many or parts.plan.shape.joined:
        parts.cte("i0", _unpacked(parts))
    else:
        parts.cte("i0", _bound(parts))


def inserted_columns(parts: Parts, alias: str) -> dict[str, str]:
    """What is inserted: the stored columns, shadows of those being changed, and the version."""
    fields = parts.stored()
    columns = {field.column: f"{alias}.{quote_ident(field.column)}" for field in fields}
    return columns | shadow_columns(fields, alias) | {"_version": f'{alias}."_first"'}


def _bound(parts: Parts) -> str:
    given = set(parts.plan.shape.columns)
    columns = [
        f"{_bound_value(parts, field, given)} AS {quote_ident(field.column)}"
        for field in parts.stored()
    ]
    for field in parts.link_fields():
        value = parts.args.add(link_ids(field.id), f"{_type(field)}[]")
        columns.append(f"{value} AS {link_column(field)}")
    first = parts.fixed("version", "bigint")
    return f'SELECT {", ".join(columns)}, {first} AS "_first", 1::bigint AS "_ord"'


def _bound_value(parts: Parts, field: Field, given: set[str]) -> str:
    if field.column in TIMES and field.column not in given:
        return "now()"
    value = parts.args.add(column_value(field.column), _type(field))
    return _numbered(parts, value) if _is_numbered(parts, field) else value


def _unpacked(parts: Parts) -> str:
    """A JSON document of objects by column, as typed rows in its own order."""
    fields = parts.stored()
    typed = [(field.column, _type(field)) for field in fields]
    typed += [(f"_m_{field.id}", f"{_type(field)}[]") for field in parts.link_fields()]
    typed += [("_first", "bigint"), ("_given", "text[]")]
    typed += _WHOSE if parts.plan.shape.joined else ()
    selected = ", ".join(_unpacked_value(parts, field) for field in fields)
    others = "".join(f", r.{quote_ident(name)}" for name, _ in typed[len(fields) :])
    return f'SELECT {selected}{others}, r."_ord" FROM {_recordset(parts, typed)}'


def changed_rows(parts: Parts, fields: Iterable[Field]) -> None:
    """The CTE ``i0`` of joined updates: each record's id, its values, and whose they are."""
    typed = [(each.column, _type(each)) for each in (parts.plan.collection.fields["id"], *fields)]
    parts.cte("i0", f"SELECT r.* FROM {_recordset(parts, [*typed, *_WHOSE])}")


def _recordset(parts: Parts, typed: Sequence[tuple[str, str]]) -> str:
    """The statement's document as rows ``r`` of these columns, and ``_ord``."""
    shape = ", ".join(f"{quote_ident(name)} {kind}" for name, kind in typed)
    aliases = ", ".join(quote_ident(name) for name, _ in typed)
    return (
        f"ROWS FROM (json_to_recordset({parts.fixed('rows', 'json')}) AS ({shape})) "
        f'WITH ORDINALITY AS r({aliases}, "_ord")'
    )


def _unpacked_value(parts: Parts, field: Field) -> str:
    column = quote_ident(field.column)
    if _is_numbered(parts, field):
        return f"{_numbered(parts, f'r.{column}')} AS {column}"
    return f"coalesce(r.{column}, now()) AS {column}" if field.column in TIMES else f"r.{column}"


def _is_numbered(parts: Parts, field: Field) -> bool:
    return field.id == "id" and parts.plan.collection.id_type == "int"


def _numbered(parts: Parts, value: str) -> str:
    """An id of the client's, or the next of the collection's sequence."""
    sequence = f"{quote_ident(parts.plan.catalog.schema)}.{quote_ident(sequence_of(parts))}"
    return f"coalesce({value}, nextval('{sequence}'))"


def sequence_of(parts: Parts) -> str:
    return f"sq_{parts.plan.collection.id}"


def catch_up(catalog: Catalog, collection: Collection) -> str:
    """Moves a collection's id sequence behind the ids that clients chose; for the owner to run."""
    sequence = f"{quote_ident(catalog.schema)}.{quote_ident(f'sq_{collection.id}')}"
    newest = f"SELECT max({quote_ident('id')}) FROM {catalog.table(collection)}"
    return (
        f"SELECT setval('{sequence}', x.id) FROM ({newest}) x(id), {sequence} s "
        "WHERE x.id >= s.last_value"
    )


def _type(field: Field) -> str:
    return field_type(field).bind_type(field)
