"""The evaluator and the SQL that judges history say the same of every event."""

from typing import Any

import pytest

from app.engine.changes.fan_out import read_log
from app.features.realtime.sight import make_sight
from app.features.realtime.spec import spec_of_json, spec_of_pairs
from tests.features.policies.world import World

CONDITIONS: tuple[Any, ...] = (
    None,
    {"status": "published"},
    {"price__gte": "2.50"},
    {"or": [{"rank__in": [1, 2]}, {"title__icontains": "B"}]},
    {"not": {"slug": "b"}},
    {"meta__tags__0": "x"},
    {"meta__eq": {"tags": ["x", "b"], "n": 1.5}},
    {"created_at__gt": "2020-01-01T00:00:00Z", "author__isnull": True},
    {"secret_note__isnull": False},
    {"author__isnull": False},
    {"not": {"id": "01a1fd53-9cfe-7578-9ce1-923f4e212021"}},
    {"created_at__lt": "2020-01-01T00:00:00Z"},
)


@pytest.mark.parametrize("where", CONDITIONS, ids=str)
async def test_both_ways_of_judging_an_event_answer_alike(
    world: World, app: Any, where: Any
) -> None:
    services, user = app.services, await world.user()
    await world.policy("tags", "list", "app_user")
    await world.policy("posts", "list", "app_user", where={"rank__lt": 3})
    await world.policy(
        "posts", "list", "app_user", where={"author": "$user.id"}, fields=["title", "rank"]
    )
    await world.policy("posts", "list", "app_user", where={"author": "$user.id", "rank": 2},
                       effect="deny", name="none of rank 2")  # fmt: skip
    caller = await services.callers.resolve(
        user.client.headers["authorization"], world.project.slug
    )
    for number, title in enumerate("abc"):
        meta = {"tags": ["x", title], "n": 1.5} if number else None
        post = await world.make("posts", title=title, slug=title, rank=number + 1, meta=meta,
                                price="2.50", secret_note="n", author_id=user.id)  # fmt: skip
        at = f"{world.data}/posts/{post['id']}"
        for change in ({"status": "published"}, {"rank": number + 2, "author_id": None}):
            await world.admin.patch(at, json=change)
        await world.admin.delete(at)
    feed: list[Any] = []
    while len(feed) < 12:
        feed = await read_log(services.database, world.project.id, 0, 100)
    catalog = await services.catalogs.current(world.project.id)
    rules = await services.policies.current(catalog)
    sight = make_sight(rules, caller, spec_of_json("posts", where))
    assert sight.is_plain

    judged = await sight.see(services, feed)
    asked = await sight._ask(services, [e for e in feed if e.collection in sight.grants])

    assert [frame.data(names_actor=True) for frame in judged] == [
        frame.data(names_actor=True) for frame in asked
    ]


async def test_callers_share_a_sight_unless_a_policy_tells_them_apart(
    world: World, app: Any
) -> None:
    services = app.services
    await world.policy("tags", "list", "app_user")
    await world.policy("posts", "list", "app_user", where={"author": "$user.id"})
    catalog = await services.catalogs.current(world.project.id)
    rules = await services.policies.refresh(world.project.id) and await services.policies.current(
        catalog
    )
    users = [await world.user() for _ in range(2)]
    callers = [
        await services.callers.resolve(user.client.headers["authorization"], world.project.slug)
        for user in users
    ]

    def keys(name: str) -> set[Any]:
        spec = spec_of_pairs(name, [])
        return {make_sight(rules, caller, spec).key for caller in callers}

    assert (len(keys("tags")), len(keys("posts"))) == (1, 2)
