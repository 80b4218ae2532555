"""The Python client's words on a real server: records, pages, batches; blocking and awaited."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from backendify_client import AsyncClient, BackendifyError, Client, Page, etag_of
from tests.sdk.conftest import World

pytestmark = pytest.mark.xdist_group("sdk")  # one server


def test_a_record_is_created_read_changed_and_deleted(client: Client) -> None:
    posts = client.collection("posts")

    post = posts.create({"title": "Hello", "price": Decimal("12.30"), "due": datetime.now(UTC)})
    changed = posts.update(post["id"], {"views": {"$inc": 2}})
    read = posts.get(post["id"], fields=["title", "views"])
    posts.delete(post["id"])

    assert post["price"] == 12.3
    assert changed["views"] == 2
    assert read == {"title": "Hello", "views": 2}
    with pytest.raises(BackendifyError) as missing:
        posts.get(post["id"])
    assert (missing.value.status, missing.value.code) == (404, "record_not_found")


async def test_the_same_words_are_awaited(async_client: AsyncClient) -> None:
    posts = async_client.collection("posts")
    mark = uuid4().hex

    post = await posts.create({"title": mark})
    await posts.update(post["id"], {"status": "published"}, if_match=post)
    page = await posts.list(filter={"title": mark}, sort="-created_at", fields="title,status")
    walked = [record async for record in posts.iterate(filter={"title": mark})]
    await posts.delete(post["id"])

    assert page.data == [{"title": mark, "status": "published"}]
    assert [record["id"] for record in walked] == [post["id"]]
    assert await posts.count({"title": mark}) == 0


def test_pages_follow_each_other_and_walk_by_themselves(client: Client) -> None:
    posts, mark = client.collection("posts"), uuid4().hex
    posts.create_many([{"title": f"{mark} {n}", "views": n} for n in range(5)])
    mine = {"title__startswith": mark}

    first = posts.list(filter=mine, sort="views", limit=2, count="exact")
    second = posts.list(filter=mine, sort="views", limit=2, cursor=first.next_cursor)
    walked = posts.iterate(filter=mine, sort="-views", page_size=2)

    assert isinstance(first, Page)
    assert (first.total, first.has_more, len(first)) == (5, True, 2)
    assert [post["views"] for post in [*first, *second]] == [0, 1, 2, 3]
    assert [post["views"] for post in walked] == [4, 3, 2, 1, 0]


def test_a_filter_that_is_too_long_for_a_url_is_sent_as_a_body(client: Client) -> None:
    posts, mark = client.collection("posts"), uuid4().hex
    post = posts.create({"title": mark})
    ids = [*(str(uuid4()) for _ in range(900)), post["id"]]

    found = posts.list(filter={"id__in": ids}, fields=["id"], limit=5)

    assert found.data == [{"id": post["id"]}]


def test_related_records_are_expanded(client: Client) -> None:
    author = client.collection("authors").create({"name": "Ann"})
    post = client.collection("posts").create({"title": "Hers", "author": author["id"]})

    shown = client.collection("posts").get(post["id"], expand=["author"])
    found = client.collection("posts").list(filter={"author": {"name": "Ann"}}, expand="author")

    assert shown["author"]["name"] == "Ann"
    assert found.data[0]["author"]["id"] == author["id"]


def test_an_upsert_creates_once(client: Client) -> None:
    posts, slug = client.collection("posts"), uuid4().hex

    first = posts.upsert({"slug": slug, "title": "One"}, on_conflict="slug")
    second = posts.upsert({"slug": slug, "title": "Two"}, on_conflict="slug")

    assert (first["id"], second["title"]) == (second["id"], "Two")


def test_a_record_that_somebody_changed_meanwhile_is_left_alone(client: Client) -> None:
    posts = client.collection("posts")
    read = posts.get(posts.create({"title": "Mine"})["id"])
    posts.update(read["id"], {"title": "Theirs"}, if_match=etag_of(read))

    with pytest.raises(BackendifyError) as stale:
        posts.update(read["id"], {"title": "Mine again"}, if_match=read)

    assert (stale.value.status, stale.value.code) == (412, "version_mismatch")
    with pytest.raises(ValueError, match="has no ETag"):
        posts.delete(read["id"], if_match=posts.list(limit=1).data[0])


def test_many_are_changed_up_to_a_limit(client: Client) -> None:
    posts, mark = client.collection("posts"), uuid4().hex
    posts.create_many([{"title": mark}, {"title": mark}])

    assert posts.update_many({"title": mark}, {"views": 7}, max_affected=2) == 2
    with pytest.raises(BackendifyError, match="max_affected_exceeded"):
        posts.delete_many({"title": mark}, max_affected=1)
    summed = posts.aggregate(filter={"title": mark}, count="*", sum="views", group_by="title")
    assert summed == [{"title": mark, "count": 2, "sum_views": 14}]
    assert posts.delete_many({"title": mark}, max_affected=2) == 2


def test_an_error_has_all_that_the_server_said(client: Client) -> None:
    with pytest.raises(BackendifyError) as refused:
        client.collection("posts").create({"title": "x" * 201, "nonsense": 1})

    error = refused.value
    assert (error.status, error.code) == (422, "validation_failed")
    assert {each.pointer for each in error.errors} == {"/title", "/nonsense"}
    assert error.request_id == error.problem["request_id"]
    assert "/title" in str(error)


def test_a_key_makes_a_write_happen_once(client: Client) -> None:
    posts, key = client.collection("posts"), uuid4().hex

    once = posts.create({"title": "Once"}, idempotency_key=key)
    again = posts.create({"title": "Once"}, idempotency_key=key)

    assert once["id"] == again["id"]


def test_a_batch_refers_to_what_it_makes(client: Client) -> None:
    batch = client.batch()
    author = batch.create("authors", {"name": "Bo"})
    post = batch.create("posts", {"title": "By Bo", "author_id": author["id"]})
    batch.update("posts", post["id"], {"views": {"$inc": 1}})
    batch.get("posts", post["id"])

    results = batch.run()

    assert [each.status for each in results] == [201, 201, 200, 200]
    assert results[0].record is not None
    assert results[3].record is not None
    assert results[3].record["author_id"] == results[0].record["id"]
    assert results[3].record["views"] == 1


async def test_a_batch_is_all_or_none_or_each_for_itself(async_client: AsyncClient) -> None:
    mark = uuid4().hex
    for atomic in (True, False):
        batch = async_client.batch(atomic=atomic)
        batch.create("posts", {"title": mark})
        batch.create("posts", {"title": None})
        if atomic:
            with pytest.raises(BackendifyError) as refused:
                await batch.run()
            assert refused.value.problem["pointer"] == "/operations/1"
        else:
            done, failed = await batch.run()
            assert (done.status, failed.status) == (201, 422)
            assert failed.error is not None
            assert failed.error.code == "validation_failed"

    assert await async_client.collection("posts").count({"title": mark}) == 1


def test_numbers_keep_every_digit_where_that_is_asked_for(world: World) -> None:
    with Client(world.url, world.project, key=world.key, parse_float=Decimal) as client:
        post = client.collection("posts").create({"title": "Dear", "price": Decimal("12345678.90")})

    assert post["price"] == Decimal("12345678.90")
    assert str(post["price"]) == "12345678.90"


def test_any_other_route_can_be_asked(client: Client) -> None:
    post = client.collection("posts").create({"title": "First"})

    told = client.request("GET", f"/data/posts/{post['id']}/history", params={"limit": "1"})

    assert told["data"][0]["action"] == "created"
