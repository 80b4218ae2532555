"""A small schema with every kind of field, and rows for it that hold every awkward value."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app.core.json_text import dump_json
from app.core.sql import qualified, quote_ident
from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import (
    Catalog,
    Collection,
    Field,
    Relation,
    make_catalog,
    make_collection,
)
from app.engine.catalog.snapshot import system_fields, with_key_types

PROJECT = UUID(int=7)
SCHEMA = "conditions_world"
WORDS = ("", "a", "A", "ab", "Ab_c", "a%b", "a\\b", "é", "É", "ß", "日本", "10", "true", "a b", "x")
NUMBERS = (-(2**63), -10, -1, 0, 1, 2, 10, 2**53 + 1, 2**63 - 1)
JSONS: tuple[Any, ...] = (
    None, {}, [], {"a": 1}, {"a": "1"}, {"a": {"b": True}}, {"a": [1, "x"]}, {"n": Decimal("1.50")},
    {"n": 10}, {"n": "10"}, {"t": "ab"}, {"t": None}, ["x", 1], "x", 10, True,
)  # fmt: skip


def _field(name: str, kind: str, **options: Any) -> Field:
    return Field(f"f_{name}", name, kind, name, **options)


def _things() -> Collection:
    to_group = Relation("belongs_to", "c_groups")
    to_labels = Relation("many_to_many", "c_labels", link_table="_l_f_labels")
    return make_collection(
        id="c_things",
        name="things",
        table="things",
        fields=(
            *system_fields("uuid", created_by=False),
            _field("word", "string"),
            _field("note", "text"),
            _field("amount", "int"),
            _field("ratio", "float"),
            _field("price", "decimal"),
            _field("done", "boolean"),
            _field("day", "date"),
            _field("moment", "datetime"),
            _field("data", "json"),
            _field("kind", "enum", values=("red", "green", "blue")),
            _field("tags", "array", items="string"),
            _field("marks", "array", items="int"),
            Field("f_group", "group", "relation", "group_id", relation=to_group),
            Field("f_labels", "labels", "relation", "", relation=to_labels),
        ),
    )


def _groups() -> Collection:
    members = Relation("has_many", "c_things", via="f_group")
    return make_collection(
        id="c_groups",
        name="groups",
        table="groups",
        id_type="int",
        fields=(
            *system_fields("int", created_by=False),
            Field("f_title", "title", "string", "title"),
            Field("f_size", "size", "int", "size"),
            Field("f_things", "things", "relation", "", relation=members),
        ),
    )


def _labels() -> Collection:
    return make_collection(
        id="c_labels",
        name="labels",
        table="labels",
        id_type="text",
        fields=(
            *system_fields("text", created_by=False),
            Field("f_color", "color", "string", "color"),
        ),
    )


CATALOG: Catalog = make_catalog(
    project_id=PROJECT,
    schema=SCHEMA,
    version=1,
    hash="",
    collections=with_key_types((_things(), _groups(), _labels())),
)
THINGS = CATALOG.collections["things"]

Rows = dict[str, list[dict[str, Any]]]


def make_rows(seed: int = 1) -> Rows:
    """Rows as driver values, by table name; the join table's too."""
    rng = random.Random(seed)
    groups = [
        {"id": n, "title": _maybe(rng, WORDS), "size": _maybe(rng, NUMBERS)} for n in range(1, 6)
    ]
    labels = [{"id": name, "color": _maybe(rng, WORDS)} for name in ("l1", "l2", "l3", "l4")]
    things = [_thing(rng, n) for n in range(60)]
    pairs = {(rng.choice(things)["id"], rng.choice(labels)["id"]) for _ in range(70)}
    links = [{"source_id": source, "target_id": target} for source, target in sorted(pairs)]
    return {"groups": groups, "labels": labels, "things": things, "_l_f_labels": links}


def _thing(rng: random.Random, number: int) -> dict[str, Any]:
    data = rng.choice(JSONS)
    return {
        "id": UUID(int=number + 1),
        "word": _maybe(rng, WORDS),
        "note": _maybe(rng, WORDS),
        "amount": _maybe(rng, NUMBERS),
        "ratio": _maybe(rng, (-1.5, 0.0, 0.1, 1e300, 2.0)),
        "price": _maybe(rng, (Decimal("0"), Decimal("1.50"), Decimal("-3.1"), Decimal("10"))),
        "done": _maybe(rng, (True, False)),
        "day": _maybe(rng, [date(2026, 1, 1) + timedelta(days=n) for n in range(4)]),
        "moment": _maybe(rng, [datetime(2026, 1, 1, n, tzinfo=UTC) for n in range(4)]),
        "data": None if data is None else dump_json(data),
        "kind": _maybe(rng, ("red", "green", "blue")),
        "tags": _maybe(rng, ([], ["a"], ["a", "b"], ["x", "a b"])),
        "marks": _maybe(rng, ([], [1], [1, 2, 10])),
        "group_id": _maybe(rng, (1, 2, 3)),
    }


def _maybe(rng: random.Random, values: Sequence[Any]) -> Any:
    return None if rng.random() < 0.2 else rng.choice(values)


async def build(connection: asyncpg.Connection, rows: Rows) -> None:
    """Make the tables and fill them."""
    for statement in _statements():
        await connection.execute(statement)
    for table, listed in rows.items():
        for row in listed:
            columns = ", ".join(map(quote_ident, row))
            places = ", ".join(f"${n + 1}" for n in range(len(row)))
            await connection.execute(
                f"INSERT INTO {qualified(SCHEMA, table)} ({columns}) VALUES ({places})",
                *row.values(),
            )


def _statements() -> Iterator[str]:
    yield f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"
    yield f"CREATE SCHEMA {SCHEMA}"
    for collection in CATALOG.collections.values():
        columns = ", ".join(
            f"{quote_ident(f.column)} {field_type(f).ddl_type(f)}" for f in collection.stored_fields
        )
        yield f"CREATE TABLE {CATALOG.table(collection)} ({columns})"
    yield f"CREATE TABLE {SCHEMA}._l_f_labels (source_id uuid, target_id text)"


def related_rows(rows: Rows, field: Field, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows that a relation field leads to, for the evaluator."""
    if field.id == "f_group":
        return [group for group in rows["groups"] if group["id"] == row["group_id"]]
    if field.id == "f_things":
        return [thing for thing in rows["things"] if thing["group_id"] == row["id"]]
    linked = {p["target_id"] for p in rows["_l_f_labels"] if p["source_id"] == row["id"]}
    return [label for label in rows["labels"] if label["id"] in linked]
