"""What was dropped is kept for its retention, and not longer."""

from datetime import timedelta

import pytest

from app.core.clock import utc_now
from app.engine.schema.history import preview_rollback, rollback_to
from app.engine.schema.purge import purge_project, purge_tombstones
from tests.engine.schema.conftest import Subject
from tests.engine.schema.test_apply import BLOG, insert_posts

WEEK = timedelta(days=7)


async def drop_everything(subject: Subject) -> None:
    await subject.apply(BLOG)
    await insert_posts(subject, "one")
    await subject.apply_confirmed({"collections": []})


async def hidden(subject: Subject) -> list[str]:
    rows = await subject.fetch(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = $1 AND tablename LIKE '\\_d\\_%'",
        f"p_{subject.id.hex}",
    )
    return [name for (name,) in rows]


async def test_within_the_retention_nothing_goes(subject: Subject) -> None:
    await drop_everything(subject)

    assert await purge_project(subject.pool, subject.id, utc_now() + timedelta(days=6), WEEK) == 0
    assert len(await hidden(subject)) == 4


async def test_after_the_retention_the_data_is_gone_and_a_rollback_says_so(
    subject: Subject,
) -> None:
    await drop_everything(subject)

    assert await purge_project(subject.pool, subject.id, utc_now() + timedelta(days=8), WEEK) == 7

    assert await hidden(subject) == []
    assert await subject.drift() == []
    preview = await preview_rollback(subject.pool, subject.id, 2)
    assert "Create collection posts" in preview.plan.summary
    await rollback_to(subject.pool, subject.id, 2)
    assert await subject.fetch("SELECT count(*) FROM {s}.posts") == [(0,)]
    assert await subject.drift() == []


async def test_a_dropped_field_of_a_living_collection_goes_too(subject: Subject) -> None:
    await subject.apply(BLOG)
    document = await subject.document()
    posts = next(c for c in document["collections"] if c["name"] == "posts")
    posts["fields"] = [f for f in posts["fields"] if f["name"] not in ("price", "tags")]
    posts["created_by"] = False
    await subject.apply_confirmed(document)

    assert await purge_project(subject.pool, subject.id, utc_now(), timedelta(0)) == 3

    columns = await subject.fetch(
        "SELECT column_name::text FROM information_schema.columns "
        "WHERE table_schema = $1 AND column_name LIKE '\\_d\\_%'",
        f"p_{subject.id.hex}",
    )
    assert columns == []


@pytest.mark.parametrize(("days", "purged"), [(30, 0), (1, 7)])
async def test_a_project_chooses_how_long(subject: Subject, days: int, purged: int) -> None:
    await drop_everything(subject)
    await subject.pool.execute(
        "UPDATE backendify.projects SET settings = jsonb_build_object('schema', "
        "jsonb_build_object('retention_days', $2::int)) WHERE id = $1",
        subject.id,
        days,
    )
    before = len(await hidden(subject))

    await purge_tombstones(subject.pool, utc_now() + timedelta(days=8))

    assert before - len(await hidden(subject)) == (4 if purged else 0)


async def test_a_field_dropped_and_made_again_under_its_name_is_a_new_one(
    subject: Subject,
) -> None:
    await subject.apply(BLOG)
    await insert_posts(subject, "secret")
    document = await subject.document()
    posts = next(c for c in document["collections"] if c["name"] == "posts")
    old = next(f for f in posts["fields"] if f["name"] == "title")
    posts["fields"].remove(old)
    posts["unique"] = []
    await subject.apply_confirmed(document)
    document = await subject.document()
    posts = next(c for c in document["collections"] if c["name"] == "posts")
    posts["fields"].append({"name": "title", "type": "string"})

    catalog = (await subject.apply(document)).catalog

    assert catalog.collections["posts"].fields["title"].id != old["id"]
    assert await subject.fetch("SELECT title FROM {s}.posts") == [(None,)]
