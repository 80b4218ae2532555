"""Applying a wanted schema to a real database."""

from typing import Any

import pytest

from app.engine.schema.errors import (
    SchemaCastFailedError,
    SchemaConflictError,
    SchemaDataConflictError,
    SchemaInvalidError,
    SchemaUnsafeChangeError,
)
from app.engine.schema.history import rollback_to
from tests.engine.schema.conftest import Subject

POSTS: dict[str, Any] = {
    "name": "posts",
    "fields": [
        {"name": "title", "type": "string", "required": True, "max_length": 200},
        {"name": "price", "type": "decimal", "precision": 10, "scale": 2, "default": 0},
        {
            "name": "status",
            "type": "enum",
            "values": ["draft", "live"],
            "default": "draft",
            "index": True,
        },
        {"name": "author", "type": "relation", "to": "users", "on_delete": "set_null"},
        {"name": "tags", "type": "relation", "kind": "many_to_many", "to": "tags"},
        {
            "name": "comments",
            "type": "relation",
            "kind": "has_many",
            "to": "comments",
            "via": "post",
        },
    ],
    "indexes": [{"fields": ["status", "-created_at"]}],
    "unique": [["title", "status"]],
    "created_by": True,
}
TAGS = {"name": "tags", "fields": [{"name": "name", "type": "string", "unique": True}]}
COMMENTS = {
    "name": "comments",
    "fields": [
        {
            "name": "post",
            "type": "relation",
            "to": "posts",
            "required": True,
            "on_delete": "cascade",
        },
        {"name": "reply_to", "type": "relation", "to": "comments"},
        {"name": "body", "type": "text"},
    ],
}
BLOG = {"collections": [POSTS, TAGS, COMMENTS]}


async def insert_posts(subject: Subject, *titles: str) -> None:
    for title in titles:
        await subject.execute(
            "INSERT INTO {s}.posts (id, title) VALUES (gen_random_uuid(), $1)", title
        )


def field_of(document: dict[str, Any], collection: str, name: str) -> dict[str, Any]:
    owner = next(c for c in document["collections"] if c["name"] == collection)
    found: dict[str, Any] = next(f for f in owner["fields"] if f["name"] == name)
    return found


async def test_a_schema_with_every_kind_of_relation_becomes_tables(subject: Subject) -> None:
    applied = await subject.apply(BLOG)

    assert applied.catalog.version == 2
    assert await subject.drift() == []
    assert (await subject.catalog()) == applied.catalog


async def test_the_same_schema_again_is_no_change(subject: Subject) -> None:
    first = await subject.apply(BLOG)
    again = await subject.apply(BLOG, base="a base from long ago")

    assert again.plan is None
    assert again.catalog == first.catalog


async def test_two_fields_swap_names_and_keep_their_data(subject: Subject) -> None:
    fields = [{"name": "a", "type": "text"}, {"name": "b", "type": "text"}]
    await subject.apply({"collections": [{"name": "t", "fields": fields}]})
    await subject.execute(
        "INSERT INTO {s}.t (id, a, b) VALUES (gen_random_uuid(), 'was a', 'was b')"
    )
    document = await subject.document()
    field_of(document, "t", "a")["name"] = "swap"
    field_of(document, "t", "b")["name"] = "a"
    field_of(document, "t", "swap")["name"] = "b"

    await subject.apply(document)

    assert await subject.fetch("SELECT a, b FROM {s}.t") == [("was b", "was a")]
    assert await subject.drift() == []


async def test_a_renamed_field_keeps_answering_to_its_old_name(subject: Subject) -> None:
    await subject.apply(BLOG)
    document = await subject.document()
    field_of(document, "posts", "title")["name"] = "headline"

    catalog = (await subject.apply(document)).catalog

    posts = catalog.collections["posts"]
    assert posts.find_field("title") is posts.fields["headline"]


async def test_a_dropped_field_must_be_confirmed_and_comes_back_with_its_data(
    subject: Subject,
) -> None:
    await subject.apply(BLOG)
    await insert_posts(subject, "kept")
    before = await subject.document()
    document = await subject.document()
    posts = next(c for c in document["collections"] if c["name"] == "posts")
    posts["fields"] = [f for f in posts["fields"] if f["name"] != "title"]
    posts["unique"] = []

    with pytest.raises(SchemaUnsafeChangeError) as refused:
        await subject.apply(document)
    await subject.apply(document, confirm=refused.value.extra["plan_hash"])
    assert await subject.drift() == []

    await rollback_to(subject.pool, subject.id, 2)

    assert await subject.fetch("SELECT title FROM {s}.posts") == [("kept",)]
    assert await subject.drift() == []
    assert await subject.document() == before


async def test_a_cast_that_fails_is_refused_with_count_and_samples(subject: Subject) -> None:
    await subject.apply(BLOG)
    await insert_posts(subject, "12", "no number", "-7", "999999999999999999999")
    document = await subject.document()
    title = field_of(document, "posts", "title")
    del title["max_length"]
    title["type"] = "int"

    with pytest.raises(SchemaUnsafeChangeError) as unsafe:
        await subject.apply(document)
    with pytest.raises(SchemaCastFailedError) as failed:
        await subject.apply(document, confirm=unsafe.value.extra["plan_hash"])

    assert failed.value.extra["count"] == 2
    assert {s["value"] for s in failed.value.extra["samples"]} == {
        "no number",
        "999999999999999999999",
    }
    assert (await subject.catalog()).version == 2


async def test_a_cast_that_fits_changes_the_type(subject: Subject) -> None:
    await subject.apply(BLOG)
    await insert_posts(subject, "12", "-7")
    document = await subject.document()
    title = field_of(document, "posts", "title")
    del title["max_length"]
    title["type"] = "int"

    await subject.apply_confirmed(document)

    assert sorted(await subject.fetch("SELECT title FROM {s}.posts")) == [(-7,), (12,)]
    assert await subject.drift() == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"name": "body", "type": "text", "required": True}, "required"),
        ({"name": "title", "type": "string", "required": True, "max_length": 3}, "check"),
        ({"name": "price", "type": "decimal", "precision": 10, "scale": 2, "required": True}, None),
        ({"name": "status", "type": "enum", "values": ["draft", "live"], "unique": True}, "unique"),
    ],
)
async def test_rows_in_the_way_are_counted_and_nothing_is_applied(
    subject: Subject, change: dict[str, Any], rule: str | None
) -> None:
    await subject.apply(BLOG)
    await insert_posts(subject, "first", "second")
    document = await subject.document()
    posts = next(c for c in document["collections"] if c["name"] == "posts")
    posts["fields"] = [f for f in posts["fields"] if f["name"] != change["name"]] + [change]

    if rule is None:
        await subject.apply(document)
        assert await subject.drift() == []
        return
    with pytest.raises(SchemaDataConflictError) as refused:
        await subject.apply(document)

    offenders = refused.value.extra["offenders"]
    assert [(o["rule"], o["count"]) for o in offenders] == [(rule, 2)]
    assert (await subject.catalog()).version == 2
    assert await subject.drift() == []


async def test_a_fill_gives_rows_the_value_that_becomes_required(subject: Subject) -> None:
    await subject.apply(BLOG)
    await insert_posts(subject, "first")
    document = await subject.document()
    posts = next(c for c in document["collections"] if c["name"] == "posts")
    posts["fields"].append({"name": "body", "type": "text", "required": True})

    await subject.apply(document, fills={"posts.body": "it's \\ filled"})

    assert await subject.fetch("SELECT body FROM {s}.posts") == [("it's \\ filled",)]
    assert await subject.drift() == []


async def test_a_fill_that_does_not_fit_is_told_with_its_place(subject: Subject) -> None:
    await subject.apply(BLOG)
    await insert_posts(subject, "first")
    document = await subject.document()
    posts = next(c for c in document["collections"] if c["name"] == "posts")
    posts["fields"].append({"name": "pages", "type": "int", "required": True})

    with pytest.raises(SchemaInvalidError) as refused:
        await subject.apply(document, fills={"posts.pages": "many"})

    assert [(e.pointer, e.code) for e in refused.value.errors] == [
        ("/fill/posts.pages", "fill_invalid")
    ]


async def test_a_stale_base_is_told_so(subject: Subject) -> None:
    base = (await subject.catalog()).hash
    await subject.apply(BLOG, base=base)

    with pytest.raises(SchemaConflictError):
        await subject.apply({"collections": [TAGS]}, base=base)


async def test_every_fault_of_a_schema_is_told_with_its_place(subject: Subject) -> None:
    bad = {
        "collections": [
            {"name": "Posts", "fields": []},
            {
                "name": "ok",
                "fields": [
                    {"name": "id", "type": "text"},
                    {"name": "a", "type": "strin"},
                    {"name": "b", "type": "int", "max_length": 3},
                    {"name": "c", "type": "relation", "to": "nowhere"},
                    {
                        "name": "d",
                        "type": "string",
                        "validations": [{"rule": "regex", "value": "("}],
                    },
                    {"name": "e", "type": "int", "default": "x"},
                    {"id": "f_unknown", "name": "f", "type": "int"},
                ],
            },
        ]
    }

    with pytest.raises(SchemaInvalidError) as refused:
        await subject.apply(bad)

    assert [(v.pointer, v.code) for v in refused.value.errors] == [
        ("/collections/0/name", "name_invalid"),
        ("/collections/1/fields/0/name", "name_reserved"),
        ("/collections/1/fields/6/id", "id_unknown"),
        ("/collections/1/fields/1/type", "type_unknown"),
        ("/collections/1/fields/2/max_length", "option_unknown"),
        ("/collections/1/fields/3/to", "relation_target_unknown"),
        ("/collections/1/fields/4/validations/0/value", "rule_invalid"),
        ("/collections/1/fields/5/default", "default_invalid"),
    ]
