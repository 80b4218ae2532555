"""The write path between two sessions, step by step: what ours keeps, and what the obvious loses.

Each test holds one session in the middle of its transaction while another runs, and shows the
obvious statement going wrong where ours does not.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.core.db import Database
from app.engine.catalog.model import Catalog
from app.engine.changes.compile_relay import lock_counter, number_changes
from app.engine.changes.relay import number
from app.engine.conditions.args import resolve
from app.engine.conditions.tree import NO_CONTEXT
from app.engine.identity.principal import Caller, Principal, Project
from app.engine.policy.authorize import Rules
from app.engine.policy.policy import PolicySet
from app.engine.query.import_rows import Row, cell_reader
from app.engine.query.importer import Importer, ImportMovedError
from app.engine.query.pipeline import Call
from app.engine.query.prepare import Prepare, Stage, changed_row, deleted_row, new_row, upserted
from tests.conftest import Admin, TestProject
from tests.schemas import apply_schema, field
from tests.waiting import PATIENCE_SECONDS, until

POSTS = {
    "name": "posts",
    "fields": [
        field("title", "string"),
        field("other", "string"),
        field("hits", "int", default=0),
        field("slug", "string", unique=True),
        field("tags", "relation", kind="many_to_many", to="tags"),
    ],
}
TAGS = {"name": "tags", "id_type": "int", "fields": [field("name", "string")]}
COMMENTS = {
    "name": "comments",
    "fields": [
        field("text", "string"),
        field("post", "relation", to="posts", on_delete="cascade"),
    ],
}


@dataclass
class World:
    """A project with posts, and what is needed to run its statements by hand."""

    app: Any
    admin: Admin
    project: TestProject
    database: Database
    catalog: Catalog

    @property
    def schema(self) -> str:
        return self.catalog.schema

    @property
    def url(self) -> str:
        return f"{self.project.url}/data"

    async def create(self, collection: str = "posts", **values: Any) -> Any:
        answer = await self.admin.client.post(f"{self.url}/{collection}", json=values)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def call(self, collection: str) -> Call:
        principal = Principal("admin_user", UUID(int=1))
        project = Project(self.project.id, self.project.slug, self.schema)
        return Call(Caller(principal, project, "owner"), collection)

    async def run(self, connection: Any, prepare: Prepare, name: str = "posts") -> list[Any]:
        """Our statement for a write, on a connection of the test's."""
        call = self.call(name)
        access = Rules(PolicySet(self.project.id, 0), self.catalog).access(call.caller)
        stage = Stage(
            call, self.catalog, access, self.catalog.collections[name],
            self.app.services.pipeline.statements,
        )  # fmt: skip
        prepared = prepare(stage)
        args = resolve(prepared.compiled.sources, prepared.given, NO_CONTEXT)  # type: ignore[arg-type]  # subscripts
        found: list[Any] = await connection.fetch(prepared.compiled.text, *args)
        return found

    async def log(self, record: Any) -> list[Any]:
        rows = await self.database.owner.fetch(
            f"SELECT action, before->>'hits' AS before, after->>'hits' AS after "
            f"FROM {self.schema}._changes WHERE record_id = $1 ORDER BY n",
            str(record),
        )
        return [tuple(row) for row in rows]


@pytest.fixture
async def world(app: Any, admin: Admin, project: TestProject, database: Database) -> World:
    await apply_schema(admin, project, POSTS, TAGS, COMMENTS)
    catalog = await app.services.catalogs.refresh(project.id)
    return World(app, admin, project, database, catalog)


@asynccontextmanager
async def waiting(one: Any, two: Any, work: Any) -> AsyncIterator[asyncio.Task[Any]]:
    """Start the second session's work, until it waits for a lock of the first's; and wait for it
    after."""
    held = partial(
        one.fetchval,
        "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)",
        two.get_server_pid(),
    )
    task = asyncio.ensure_future(work)
    await until(held)
    yield task
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.wait([task])


async def test_before_images_are_those_of_the_row_that_was_changed(world: World) -> None:
    record = UUID(await world.create(title="a"))
    table = f"{world.schema}.posts"
    obvious = (
        f"WITH old AS (SELECT * FROM {table} WHERE id = $1), upd AS (UPDATE {table} t "
        "SET hits = t.hits + 1 FROM old o WHERE t.id = o.id RETURNING o.hits AS before, t.hits) "
        "SELECT before, hits FROM upd"
    )
    async with world.database.owner.acquire() as one, world.database.data.acquire() as two:
        async with one.transaction():
            await one.execute(f"UPDATE {table} SET hits = 10 WHERE id = $1", record)
            async with waiting(one, two, two.fetchrow(obvious, record)) as lost:
                await one.execute("COMMIT")
                await one.execute("BEGIN")
        assert tuple(lost.result()) == (0, 11)
        async with one.transaction():
            await one.execute(f"UPDATE {table} SET hits = 20 WHERE id = $1", record)
            change = {"hits": {"$inc": 1}}
            ours = world.run(two, lambda s: changed_row(s, str(record), change, replace=False))
            async with waiting(one, two, ours):
                await one.execute("COMMIT")
                await one.execute("BEGIN")
    assert (await world.log(record))[-1] == ("updated", "20", "21")


async def test_a_statement_of_another_schema_version_changes_nothing(world: World) -> None:
    record = UUID(await world.create(title="title", other="other"))
    table = f"{world.schema}.posts"
    swap = [
        f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
        f"ALTER TABLE {table} RENAME title TO swapping",
        f"ALTER TABLE {table} RENAME other TO title",
        f"ALTER TABLE {table} RENAME swapping TO other",
    ]
    obvious = f"UPDATE {table} SET title = $2 WHERE id = $1"
    async with world.database.owner.acquire() as one, world.database.data.acquire() as two:
        prepare = partial(changed_row, record_id=str(record), body={"title": "new"}, replace=False)
        assert (await world.run(two, prepare))[0]["verdict"] is None
        await two.execute(obvious, record, "new")
        async with one.transaction():
            for statement in swap:
                await one.execute(statement)
            await one.execute(f"UPDATE {world.schema}._meta SET version = version + 1")
            async with waiting(one, two, world.run(two, prepare)) as held:
                await one.execute("COMMIT")
                await one.execute("BEGIN")
        assert held.result()[0]["verdict"] == "stale_catalog"
        row = await one.fetchrow(f"SELECT title, other FROM {table} WHERE id = $1", record)
        assert row is not None
        assert tuple(row) == ("other", "new")  # as the swap left it
        await two.execute(obvious, record, "meant for the former title")
        row = await one.fetchrow(f"SELECT title, other FROM {table} WHERE id = $1", record)
        assert row is not None
        assert row["other"] == "new"  # the obvious one wrote the wrong column
        for statement in swap:
            await one.execute(statement) if "LOCK" not in statement else None
        await one.execute(f"UPDATE {world.schema}._meta SET version = version - 1")


async def test_a_raced_upsert_is_logged_as_the_update_that_it_is(world: World) -> None:
    table = f"{world.schema}.posts"
    insert = f"INSERT INTO {table} (id, slug, hits) VALUES ($1, 'raced', 1)"
    async with world.database.owner.acquire() as one, world.database.data.acquire() as two:
        body = {"slug": "raced", "hits": 5}
        prepare = partial(upserted, bodies=[body], on_conflict="slug", many=False)
        async with one.transaction():
            await one.execute(insert, uuid4())
            async with waiting(one, two, world.run(two, prepare)) as held:
                await one.execute("COMMIT")
                await one.execute("BEGIN")
        assert held.result()[0]["verdict"] == "retry"
        again = await world.run(two, prepare)
        assert (again[0]["verdict"], again[0]["created"]) == (None, False)
        record = await one.fetchval(f"SELECT id FROM {table} WHERE slug = 'raced'")
    assert await world.log(record) == [("updated", "1", "5")]


async def test_a_bulk_upsert_that_loses_a_race_keeps_nothing(world: World) -> None:
    table = f"{world.schema}.posts"
    async with world.database.owner.acquire() as one, world.database.data.acquire() as two:
        bodies = [{"slug": "first", "hits": 1}, {"slug": "second", "hits": 2}]
        async with one.transaction():
            await one.execute(f"INSERT INTO {table} (id, slug) VALUES ($1, 'second')", uuid4())
            ours = world.run(two, lambda s: upserted(s, bodies, "slug", many=True))
            async with waiting(one, two, ours) as held:
                await one.execute("COMMIT")
                await one.execute("BEGIN")
        assert isinstance(held.exception(), asyncpg.InvalidTextRepresentationError)
        assert await one.fetchval(f"SELECT count(*) FROM {table}") == 1
    answer = await world.admin.client.post(f"{world.url}/posts?on_conflict=slug", json=bodies)
    assert answer.status_code == 200
    assert [record["hits"] for record in answer.json()["data"]] == [1, 2]


async def test_two_replaced_lists_never_mix(world: World) -> None:
    for name in ("a", "b", "c", "d"):
        await world.create("tags", name=name)
    record = await world.create(title="listed", tags=[1])
    links = f"{world.schema}.{_link_table(world)}"
    obvious = (
        f"WITH old AS (SELECT id FROM {world.schema}.posts WHERE id = $1 FOR NO KEY UPDATE), "
        f"del AS (DELETE FROM {links} l USING old "
        "WHERE l.source_id = old.id AND l.target_id <> ALL($2)) "
        f"INSERT INTO {links} SELECT old.id, x FROM old, unnest($2::bigint[]) x "
        "ON CONFLICT DO NOTHING"
    )
    async with world.database.owner.acquire() as one, world.database.data.acquire() as two:
        async with one.transaction():
            await one.execute(obvious, UUID(record), [2])
            async with waiting(one, two, two.execute(obvious, UUID(record), [3])):
                await one.execute("COMMIT")
                await one.execute("BEGIN")
        assert await _links(one, links) == {2, 3}  # neither list
        replace = partial(changed_row, record_id=record, body={"tags": [4]}, replace=False)
        async with one.transaction():
            await world.run(one, lambda s: changed_row(s, record, {"tags": [1]}, replace=False))
            async with waiting(one, two, world.run(two, replace)) as held:
                await one.execute("COMMIT")
                await one.execute("BEGIN")
        assert held.result()[0]["verdict"] == "retry"
        assert (await world.run(two, replace))[0]["verdict"] is None
        assert await _links(one, links) == {4}


async def test_a_child_that_comes_during_a_delete_is_deleted_or_refuses_it(world: World) -> None:
    parent = await world.create(title="parent")
    async with world.database.owner.acquire() as one, world.database.data.acquire() as two:
        async with one.transaction():
            child = {"text": "late", "post_id": parent}
            await world.run(one, lambda s: new_row(s, child), "comments")
            async with waiting(one, two, world.run(two, lambda s: deleted_row(s, parent))) as held:
                await one.execute("COMMIT")
                await one.execute("BEGIN")
        assert isinstance(held.exception(), asyncpg.ForeignKeyViolationError)
        answer = await world.admin.client.delete(f"{world.url}/posts/{parent}")
        assert answer.status_code == 204
        orphans = f"SELECT count(*) FROM {world.schema}.comments"
        assert await one.fetchval(orphans) == 0
        logged = await one.fetchval(
            f"SELECT count(*) FROM {world.schema}._changes WHERE action = 'deleted'"
        )
        assert logged == 2


async def test_deletes_race_new_children_without_orphans_or_failures(world: World) -> None:
    parents = [await world.create(title=str(n)) for n in range(15)]

    async def add(parent: str) -> int:
        body = {"text": "x", "post_id": parent}
        return (await world.admin.client.post(f"{world.url}/comments", json=body)).status_code

    async def drop(parent: str) -> int:
        return (await world.admin.client.delete(f"{world.url}/posts/{parent}")).status_code

    work = [task for parent in parents for task in (add(parent), drop(parent), add(parent))]
    codes = await asyncio.gather(*work)
    assert set(codes) <= {201, 204, 422}
    left = await world.database.owner.fetchval(f"SELECT count(*) FROM {world.schema}.comments")
    assert left == 0


async def test_the_relay_numbers_without_gap_or_twin_however_many_there_are(world: World) -> None:
    changes = f"{world.schema}._changes"
    obvious = (
        f"WITH k AS (SELECT last FROM {world.schema}._relay FOR UPDATE), r AS (SELECT n, "
        f"row_number() OVER (ORDER BY n) rn FROM {changes} WHERE seq IS NULL) "
        f"SELECT k.last + r.rn FROM r, k"
    )
    async with world.database.owner.acquire() as one, world.database.data.acquire() as two:

        async def is_mine() -> bool:
            return await one.fetchval(lock_counter(world.schema)) is not None

        async with one.transaction():
            await until(is_mine)  # the application's own relay may have it for a moment
            for n in range(3):  # that nobody else can have numbered
                await world.create(title=str(n))
            assert await two.fetchval(lock_counter(world.schema)) is None  # another has it: go on
            async with waiting(one, two, two.fetch(obvious)) as held:
                await one.fetch(number_changes(world.schema), 1_000)
                await one.execute("COMMIT")
                await one.execute("BEGIN")
        assert held.result() != []  # its snapshot still showed rows that were numbered by then
    writers = [world.create(title="x") for _ in range(20)]
    relays = [number(world.database, world.project.id) for _ in range(8)]
    await asyncio.gather(*writers, *relays)
    await _number_all(world)
    rows = await world.database.owner.fetch(f"SELECT n, seq FROM {changes} ORDER BY seq")
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))


async def test_one_records_events_keep_their_order(world: World) -> None:
    record = await world.create(title="counted")

    async def bump() -> int:
        body = {"hits": {"$inc": 1}}
        answer = await world.admin.client.patch(f"{world.url}/posts/{record}", json=body)
        return answer.status_code

    codes = await asyncio.gather(*(bump() for _ in range(40)), *(_relay(world) for _ in range(10)))
    assert set(codes) <= {200, None}
    await _number_all(world)
    rows = await world.database.owner.fetch(
        f"SELECT (before->>'hits')::int AS before, (after->>'hits')::int AS after "
        f"FROM {world.schema}._changes WHERE action = 'updated' ORDER BY seq"
    )
    assert [tuple(row) for row in rows] == [(n, n + 1) for n in range(40)]


async def test_an_if_match_lets_exactly_one_writer_through(world: World) -> None:
    record = await world.create(title="contended")
    etag = (await world.admin.client.get(f"{world.url}/posts/{record}")).headers["etag"]

    async def write(n: int) -> int:
        answer = await world.admin.client.patch(
            f"{world.url}/posts/{record}", json={"title": str(n)}, headers={"If-Match": etag}
        )
        return answer.status_code

    codes = await asyncio.gather(*(write(n) for n in range(10)))
    assert sorted(codes) == [200] + [412] * 9


async def _number_all(world: World) -> None:
    """Until nothing is left: the application's own relay may be at it and make ours go on."""
    left = f"SELECT count(*) FROM {world.schema}._changes WHERE seq IS NULL"

    async def is_done() -> bool:
        await number(world.database, world.project.id)
        return bool(await world.database.owner.fetchval(left) == 0)

    await until(is_done)


async def _relay(world: World) -> None:
    await number(world.database, world.project.id)


async def _links(connection: Any, table: str) -> set[int]:
    return {row["target_id"] for row in await connection.fetch(f"SELECT target_id FROM {table}")}


def _link_table(world: World) -> str:
    relation = world.catalog.collections["posts"].fields["tags"].relation
    assert relation is not None
    assert relation.link_table is not None
    return relation.link_table


async def test_a_batch_that_meets_a_new_schema_starts_again_as_a_whole(world: World) -> None:
    rows: list[tuple[int, Row]] = []

    async def import_rows(change_between: bool) -> Importer:
        call = world.call("tags")
        catalog, access = await world.app.services.pipeline.ground(call)
        importer = Importer(world.app.services.pipeline, call, catalog, access, "insert", None)
        read = cell_reader(importer.target, ["name"], frozenset({""}))
        rows[:] = [(n, read([f"tag {n}"])) for n in range(1, 5)]
        async with world.database.data.acquire() as connection, connection.transaction():
            await importer.write(connection, rows[:2])
            if change_between:
                await apply_schema(world.admin, world.project, {"name": "others", "fields": []})
            await importer.write(connection, rows[2:])
        return importer

    with pytest.raises(ImportMovedError):
        await import_rows(change_between=True)
    table = f"{world.schema}.tags"
    assert await world.database.owner.fetchval(f"SELECT count(*) FROM {table}") == 0
    importer = await import_rows(change_between=False)
    assert importer.report.inserted == 4
    versions = await world.database.owner.fetch(
        f"SELECT DISTINCT schema_version FROM {world.schema}._changes "
        f"WHERE collection = $1", world.catalog.collections["tags"].id,
    )  # fmt: skip
    assert len(versions) == 1  # never two schemas in one transaction
