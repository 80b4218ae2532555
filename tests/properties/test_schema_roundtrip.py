"""``introspect(apply(diff(a, b))) == b`` on a real database, and back again with the data."""

import os
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from app.core.db import Database
from app.core.sql import quote_ident
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.schema.apply import Wish, apply_schema, preview_schema
from app.engine.schema.changes.alter_steps import NoCastError
from app.engine.schema.errors import SchemaCastFailedError, SchemaDataConflictError
from app.engine.schema.history import preview_rollback, rollback_to
from tests.engine.schema.conftest import Subject, make_subject
from tests.engine.schema.strategies import document_of, edits, parsed_or_none, schemas

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "500"))
PARTS = 4  # so that test processes can share them

_VALUES: dict[str, str] = {
    "string": "'some text'",
    "text": "'it''s \\ text'",
    "email": "'a@example.com'",
    "url": "'https://example.com'",
    "int": "7",
    "float": "1.5",
    "decimal": "1.5",
    "boolean": "true",
    "date": "'2026-01-31'",
    "datetime": "'2026-01-31T12:00:00Z'",
    "json": """'{"a": [1, "x"]}'""",
    "uuid": "'01890000-0000-7000-8000-00000000000a'",
    "file": "'01890000-0000-7000-8000-00000000000b'",
    "array": "'{}'",
}
_KEYS = {"uuid": "'01890000-0000-7000-8000-0000000000ff'", "int": "1", "text": "'one'"}


@pytest.mark.parametrize("part", range(PARTS))
@settings(
    max_examples=max(1, EXAMPLES // PARTS),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking costs minutes of DDL
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
@given(document=schemas(), data=st.data())
async def test_the_database_follows_every_change_and_its_way_back(
    database: Database, part: int, document: dict[str, Any], data: st.DataObject
) -> None:
    """``part`` only says which quarter of the examples this is."""
    assert part < PARTS
    subject = await make_subject(database)
    try:
        await _follow(subject, document, data)
    finally:
        await subject.execute("DROP SCHEMA {s} CASCADE")


async def _follow(subject: Subject, document: dict[str, Any], data: st.DataObject) -> None:
    assume(parsed_or_none(document, await subject.catalog()) is not None)
    first = (await subject.apply(document)).catalog
    assert await subject.drift() == []
    await _insert_rows(subject, first)
    rows = await _rows(subject, first)

    wanted = parsed_or_none(data.draw(edits(first)), first)
    assume(wanted is not None)
    assert wanted is not None
    try:
        preview = await _change(subject, wanted)
    except (SchemaDataConflictError, SchemaCastFailedError):
        assert await subject.drift() == []
        return

    assert await subject.drift() == []
    assert _by_id(await subject.catalog()) == _by_id(wanted)

    lossy = any(planned.risk == "lossy" for planned in preview.changes)
    try:
        await _go_back(subject, first.version)
    except (NoCastError, SchemaDataConflictError, SchemaCastFailedError):
        assert lossy  # such as text that became JSON, or an empty array that became no value
        return

    assert await subject.drift() == []
    assert _by_id(await subject.catalog()) == _by_id(first)
    if not lossy:
        assert await _rows(subject, first) == rows


def _by_id(catalog: Catalog) -> dict[str, Any]:
    """The collections as the API shows them; their order, and that of indexes, says nothing."""
    found = {c["id"]: c for c in document_of(catalog)["collections"]}
    for collection in found.values():
        for key in ("indexes", "unique"):
            collection[key] = sorted(collection.get(key, []), key=str)
    return found


async def _change(subject: Subject, wanted: Catalog) -> Any:
    preview = await preview_schema(subject.pool, subject.id, Wish(lambda _: wanted))
    confirm = preview.plan.plan_hash
    await apply_schema(subject.pool, subject.id, Wish(lambda _: wanted, confirm=confirm))
    return preview.plan


async def _go_back(subject: Subject, version: int) -> None:
    preview = await preview_rollback(subject.pool, subject.id, version)
    confirm = preview.plan.plan_hash
    await rollback_to(subject.pool, subject.id, version, confirm=confirm)


async def _insert_rows(subject: Subject, catalog: Catalog) -> None:
    """One row a collection, where its relations allow one."""
    for collection in (*catalog.collections.values(), *catalog.collections.values()):
        fields = [f for f in collection.fields.values() if not f.read_only and f.is_stored]
        names = ", ".join(quote_ident(f.column) for f in fields)
        values = ", ".join(_value(catalog, collection, f) for f in fields)
        sql = f"INSERT INTO {{s}}.{quote_ident(collection.table)} ({names}) VALUES ({values})"
        try:
            await subject.execute(
                sql.replace('{"a"', '{{"a"').replace("'{}'", "'{{}}'").replace('"x"]}', '"x"]}}')
            )
        except asyncpg.IntegrityConstraintViolationError:
            continue


def _value(catalog: Catalog, collection: Collection, field: Field) -> str:
    if field.id == "id":
        return _KEYS[collection.id_type]
    if field.relation is not None:
        target = catalog.target(field)
        table = f"{{s}}.{quote_ident(target.table)}"
        return f'(SELECT "id" FROM {table} LIMIT 1)'
    if field.type == "enum":
        literal = field.values[0].replace("'", "''")
        return f"'{literal}'"
    return _VALUES[field.type]


async def _rows(subject: Subject, catalog: Catalog) -> dict[str, list[Any]]:
    """What the columns of a catalog hold."""
    found = {}
    for collection in catalog.collections.values():
        names = ", ".join(quote_ident(f.column) for f in collection.fields.values() if f.column)
        found[collection.name] = await subject.fetch(
            f"SELECT {names} FROM {{s}}.{quote_ident(collection.table)}"
        )
    return found
