"""What bodies name, and many of them as the one document of a bulk write."""

import time
from collections.abc import Sequence
from typing import Any

from app.core.json_text import dump_json
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Collection
from app.engine.query.values import Record
from app.engine.query.write_input import WriteInput


def named_fields(collection: Collection, bodies: Sequence[Any]) -> frozenset[str]:
    """The ids of the fields that bodies give; a null for what the server sets gives nothing."""
    given = (item for body in bodies if isinstance(body, dict) for item in body.items())
    named = ((collection.find_field(name), value) for name, value in given)
    return frozenset(
        field.id
        for field, value in named
        if field is not None and not (value is None and field.read_only)
    )


def first_version(body: Any) -> int:
    """An id that the client chose may have been used before: its versions go on, not over."""
    chosen = isinstance(body, dict) and body.get("id") is not None
    return time.time_ns() // 1_000 if chosen else 1


def links_of(records: Sequence[Record]) -> tuple[str, ...]:
    return tuple(sorted({field_id for record in records for field_id in record.links}))


def given_columns(collection: Collection, bodies: Sequence[Any]) -> list[set[str]]:
    """The columns that each body names itself."""
    named = (named_fields(collection, (body,)) for body in bodies)
    return [
        {collection.by_id[each].column for each in ids if collection.by_id[each].column}
        for ids in named
    ]


def many_input(
    collection: Collection,
    records: Sequence[Record],
    bodies: Sequence[Any],
    links: Sequence[str],
    given: Sequence[set[str]] | None = None,
) -> WriteInput:
    ids = (record.columns.get("id") for record in records)
    highest = max((key for key in ids if isinstance(key, int)), default=0)
    rows = _document(collection, records, bodies, links, given)
    return WriteInput(rows=rows, highest_id=highest)


def joined_row(collection: Collection, given: WriteInput) -> bytes:
    """The row of one write among those of other requests, as JSON by column."""
    columns = {**given.columns, **{name: value for name, (_, value) in given.changes.items()}}
    if given.record_id is not None:
        columns["id"] = given.record_id
    by_column, by_id = collection.by_column, collection.by_id
    row = {
        name: field_type(by_column[name]).to_json(value)
        for name, value in columns.items()
        if value is not None
    }
    for field_id, ids in given.links.items():
        row[f"_m_{field_id}"] = [field_type(by_id[field_id]).to_json(each) for each in ids]
    row |= {"_first": given.version, "_request": given.request_id, "_actor": given.actor}
    return dump_json(row).encode()


def _document(
    collection: Collection,
    records: Sequence[Record],
    bodies: Sequence[Any],
    links: Sequence[str],
    given: Sequence[set[str]] | None = None,
) -> bytes:
    """The rows of a bulk write as one JSON text, by column."""
    convert = [(f.column, field_type(f).to_json) for f in collection.stored_fields]
    lists = [(field_id, field_type(collection.by_id[field_id]).to_json) for field_id in links]
    rows = []
    for number, record in enumerate(records):
        columns = record.columns
        row = {column: change(columns[column]) for column, change in convert if column in columns}
        for field_id, change in lists:
            if given is None or field_id in record.links:  # an upsert leaves the others alone
                ids = record.links.get(field_id, ())
                row[f"_m_{field_id}"] = [change(each) for each in ids]
        row["_first"] = first_version(bodies[number])
        if given is not None:
            row["_given"] = sorted(given[number])
        rows.append(row)
    return dump_json(rows).encode()
