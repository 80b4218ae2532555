"""Making collections of tables that were there before."""

from dataclasses import replace

import pytest

from app.engine.schema.adopt import adoption_wish
from app.engine.schema.apply import Applied, apply_schema, preview_schema
from app.engine.schema.errors import (
    SchemaInvalidError,
    SchemaNotFoundError,
    SchemaUnsafeChangeError,
)
from tests.engine.schema.conftest import Subject

LEGACY = """
CREATE TABLE {s}."Legacy Orders" (
  order_no serial PRIMARY KEY,
  "Customer Name" varchar(80) NOT NULL,
  user_id uuid REFERENCES {s}.users,
  amount numeric(10,2) DEFAULT 1.5,
  qty integer DEFAULT 7 NOT NULL,
  paid boolean DEFAULT false,
  note text DEFAULT 'it''s',
  tags text[],
  doc json,
  updated_at timestamp,
  placed timestamp DEFAULT now(),
  UNIQUE ("Customer Name", qty)
)
"""


async def adopt(
    subject: Subject, table: str, name: str | None = None, *, confirm: bool = False
) -> Applied:
    wish = await adoption_wish(subject.pool, await subject.catalog(), table, name)
    if confirm:
        preview = await preview_schema(subject.pool, subject.id, wish)
        wish = replace(wish, confirm=preview.plan.plan_hash)
    return await apply_schema(subject.pool, subject.id, wish)


async def test_a_foreign_table_becomes_a_collection_with_its_rows(subject: Subject) -> None:
    await subject.execute(LEGACY)
    await subject.execute(
        """INSERT INTO {s}."Legacy Orders" ("Customer Name", placed) """
        "VALUES ('Ada', '2020-01-02 03:04'), ('Bob', NULL)"
    )

    catalog = (await adopt(subject, "Legacy Orders", "orders")).catalog

    orders = catalog.collections["orders"]
    assert {f.name: (f.type, f.required) for f in orders.fields.values()} == {
        "id": ("int", True),
        "created_at": ("datetime", False),
        "updated_at": ("datetime", False),
        "customer_name": ("string", True),
        "user": ("relation", False),
        "amount": ("decimal", False),
        "qty": ("int", True),
        "paid": ("boolean", False),
        "note": ("text", False),
        "tags": ("array", False),
        "doc": ("json", False),
        "placed": ("datetime", False),
    }
    assert orders.fields["note"].default == "it's"
    assert [i.unique for i in orders.indexes] == [True]
    assert await subject.drift() == []
    rows = await subject.fetch(
        "SELECT id, customer_name, qty, (placed AT TIME ZONE 'UTC')::text "
        "FROM {s}.orders ORDER BY id"
    )
    assert rows == [(1, "Ada", 7, "2020-01-02 03:04:00"), (2, "Bob", 7, None)]
    await subject.execute("INSERT INTO {s}.orders (customer_name) VALUES ('Eve')")
    assert await subject.fetch("SELECT max(id) FROM {s}.orders") == [(3,)]


async def test_the_data_role_may_use_an_adopted_table(subject: Subject) -> None:
    await subject.execute("CREATE TABLE {s}.things (id uuid PRIMARY KEY)")
    await adopt(subject, "things")

    found = await subject.fetch(
        "SELECT has_table_privilege('backendify_data', $1, 'SELECT, INSERT, UPDATE, DELETE')",
        f'"p_{subject.id.hex}".things',
    )

    assert found == [(True,)]


async def test_rules_that_have_no_place_in_a_collection_go_only_when_confirmed(
    subject: Subject,
) -> None:
    await subject.execute(
        "CREATE TABLE {s}.things "
        "(id text PRIMARY KEY, n int CHECK (n > 0), w text DEFAULT random())"
    )
    await subject.execute("CREATE INDEX half ON {s}.things (n) WHERE n > 5")

    with pytest.raises(SchemaUnsafeChangeError) as refused:
        await adopt(subject, "things")
    await adopt(subject, "things", confirm=True)

    [step] = refused.value.extra["plan"]["steps"]
    assert step["description"].endswith(
        "without check things_n_check, index half, the default of w"
    )
    assert await subject.drift() == []


@pytest.mark.parametrize(
    ("ddl", "code"),
    [
        ("CREATE TABLE {s}.things (a int)", "adopt_key"),
        ("CREATE TABLE {s}.things (a int, b int, PRIMARY KEY (a, b))", "adopt_key"),
        ("CREATE TABLE {s}.things (id uuid PRIMARY KEY, p point)", "adopt_type"),
    ],
)
async def test_a_table_that_cannot_be_a_collection_is_refused(
    subject: Subject, ddl: str, code: str
) -> None:
    await subject.execute(ddl)

    with pytest.raises(SchemaInvalidError) as refused:
        await adopt(subject, "things")

    assert [v.code for v in refused.value.errors] == [code]


@pytest.mark.parametrize("table", ["_changes", "nowhere", 'x"; DROP SCHEMA public; --'])
async def test_only_tables_of_the_owners_are_adopted(subject: Subject, table: str) -> None:
    with pytest.raises(SchemaNotFoundError):
        await adopt(subject, table)


async def test_a_table_that_was_made_by_hand_is_drift(subject: Subject) -> None:
    await subject.execute("CREATE TABLE {s}.things (id uuid PRIMARY KEY)")

    assert await subject.drift() == [
        {"object": "things", "kind": "table", "expected": None, "actual": "present"}
    ]


async def test_changes_made_by_hand_are_drift(subject: Subject) -> None:
    await subject.execute("ALTER TABLE {s}.users ALTER status DROP NOT NULL")
    await subject.execute("ALTER TABLE {s}.users ADD COLUMN extra int")
    await subject.execute("DROP INDEX {s}.uq_sys_users_email")

    found = {(d["object"], d["kind"]) for d in await subject.drift()}

    assert found == {
        ("users.status", "column"),
        ("users.extra", "column"),
        ("users.uq_sys_users_email", "index"),
    }
