"""Subscriptions of the Python client: typed events, and none missed after a break."""

import random
from itertools import islice
from uuid import uuid4

import anyio
import pytest

from backendify_client import AsyncClient, BackendifyError, Client, Retry
from backendify_client.events import Messages
from tests.sdk.conftest import World
from tests.sdk.ways import cuttable

pytestmark = pytest.mark.xdist_group("sdk")  # one server


def test_events_are_told_while_a_subscription_is_open(client: Client) -> None:
    posts, mark = client.collection("posts"), uuid4().hex
    with posts.subscribe(filter={"title": mark}) as events:
        assert events.position is not None
        post = posts.create({"title": mark})
        posts.update(post["id"], {"views": 1})
        posts.update(post["id"], {"title": "another"})

        told = list(islice(events, 3))

    created, updated, left = told
    assert (created.type, created.record_id) == ("record.created", post["id"])
    assert updated.record is not None
    assert updated.previous is not None
    assert (updated.previous["views"], updated.record["views"]) == (0, 1)
    assert (left.type, left.record) == ("record.left", None)
    assert created.seq < updated.seq < left.seq


def test_what_happened_meanwhile_is_told_from_a_position(client: Client) -> None:
    posts, mark = client.collection("posts"), uuid4().hex
    with posts.subscribe(filter={"title": mark}) as events:
        position = events.position
    post = posts.create({"title": mark})

    with posts.subscribe(filter={"title": mark}, since=position) as events:
        assert next(events).record_id == post["id"]


async def test_a_subscription_comes_back_by_itself(world: World, async_client: AsyncClient) -> None:
    posts, mark = async_client.collection("posts"), uuid4().hex
    async with (
        cuttable(world.url) as way,
        AsyncClient(way.url, world.project, key=world.key) as client,
        client.collection("posts").subscribe(filter={"title": mark}) as events,
    ):
        for _ in range(3):
            await way.cut()
            post = await posts.create({"title": mark})
            with anyio.fail_after(20):
                assert (await anext(events)).record_id == post["id"]


async def test_all_is_done_and_told_once_however_often_the_way_is_cut(world: World) -> None:
    mark = uuid4().hex
    heard: list[str | None] = []
    titles = [f"{mark} {n}" for n in range(25)]
    patient = Retry(times=50, first=0.02, longest=0.2)
    async with (
        cuttable(world.url) as way,
        AsyncClient(way.url, world.project, key=world.key, retry=patient) as client,
        anyio.create_task_group() as tasks,
    ):
        posts = client.collection("posts")

        async def cut() -> None:
            while True:
                await anyio.sleep(random.uniform(0, 0.15))
                await way.cut()

        async with posts.subscribe(filter={"title__startswith": mark}) as events:
            tasks.start_soon(cut)
            for title in titles:
                await posts.create({"title": title})
            with anyio.fail_after(30):
                while len(heard) < len(titles):
                    event = await anext(events)
                    heard.append(event.record["title"] if event.record else None)
        tasks.cancel_scope.cancel()

    assert heard == titles
    async with AsyncClient(world.url, world.project, key=world.key) as client:
        assert await client.collection("posts").count({"title__startswith": mark}) == len(titles)


def test_what_is_refused_is_an_error_and_no_silence(world: World) -> None:
    with (
        Client(world.url, world.project) as nobody,
        pytest.raises(BackendifyError) as refused,
        nobody.collection("authors").subscribe(),
    ):
        pass
    assert refused.value.status in (401, 404)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_stream_is_read_however_it_is_cut(size: int) -> None:
    text = 'retry: 1\r\nid: 7\r\n\r\n: keep-alive\n\nid: 8\nevent: x\ndata: "ü\u2028"\ndata: 2\n\n'
    stream, messages = text.encode(), Messages()

    read = [
        message
        for start in range(0, len(stream), size)
        for message in messages.feed(stream[start : start + size])
    ]

    assert [(each.id, each.name, each.data) for each in read] == [
        ("7", "", ""),
        ("8", "x", '"ü\u2028"\n2'),
    ]
