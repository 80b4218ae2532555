"""Writes of several users that come at the same time: each under what policies say of its own."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.features.policies.world import User, World
from tests.joining import sizes

__all__ = ["sizes"]

pytestmark = pytest.mark.usefixtures("sizes")

PEOPLE = 4
EACH = 3


async def by_each(
    people: list[User], world: World, make: Callable[[User], Any], path: str = "posts"
) -> list[tuple[User, httpx.Response]]:
    """What each of them is answered, several times, all at once."""
    asking = [person for person in people for _ in range(EACH)]
    answers = await asyncio.gather(
        *(each.client.post(f"{world.data}/{path}", json=make(each)) for each in asking)
    )
    return list(zip(asking, answers, strict=True))


async def test_each_users_records_are_their_own(world: World, sizes: list[int]) -> None:
    """Who they are stands in presets, in checks, in the log and in the author field."""
    await world.policy(
        "posts", "create read list", "app_user",
        where={"author": "$user.id"}, presets={"author": "$user.id"},
    )  # fmt: skip
    people = [await world.user() for _ in range(PEOPLE)]
    made = await by_each(people, world, lambda person: {"title": person.email})
    assert sum(sizes) == EACH * PEOPLE
    assert max(sizes) <= EACH
    for person, answer in made:
        assert answer.status_code == 201, answer.text
        record = answer.json()
        assert (record["author_id"], record["title"]) == (person.id, person.email)
    for person in people:
        listed = (await person.client.get(f"{world.data}/posts")).json()["data"]
        assert [each["title"] for each in listed] == [person.email] * EACH


async def test_users_of_whom_policies_ask_nothing_share_a_statement(
    world: World, sizes: list[int]
) -> None:
    await world.policy("tags", "create read", "app_user")
    people = [await world.user() for _ in range(PEOPLE)]
    made = await by_each(
        people, world, lambda person: {"name": uuid4().hex, "hue": person.email}, "tags"
    )
    assert sum(sizes) == EACH * PEOPLE
    assert max(sizes) > EACH
    for person, answer in made:
        record = answer.json()
        assert (answer.status_code, record["hue"]) == (201, person.email)
        history = await world.admin.get(f"{world.data}/tags/{record['id']}/history")
        [change] = history.json()["data"]
        assert change["actor"] == f"app_user:{person.id}"
        assert change["request_id"] == answer.headers["x-request-id"]


async def test_one_who_may_not_is_refused_among_those_who_may(world: World) -> None:
    """The check fails for one row of the statement alone."""
    await world.policy("posts", "create read", "app_user", check={"status": "draft"})
    people = [await world.user() for _ in range(PEOPLE)]
    bad = people[1]
    made = await by_each(
        people, world,
        lambda person: {"title": "x", "status": "published" if person is bad else "draft"},
    )  # fmt: skip
    for person, answer in made:
        assert answer.status_code == (403 if person is bad else 201), answer.text


async def test_what_one_may_not_see_is_changed_by_none_of_their_writes(world: World) -> None:
    await world.policy("posts", "update read", "app_user", where={"author": "$user.id"})
    ann, bob = await world.user(), await world.user()
    own = [await world.make("posts", title="t", author=each.id) for each in (ann, bob)]
    asked = [(who, post) for who in (ann, bob) for post in own]
    answers = await asyncio.gather(
        *(who.client.patch(f"{world.data}/posts/{post['id']}", json={"title": who.email})
          for who, post in asked)
    )  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 404, 404, 200]
    listed = (await world.admin.get(f"{world.data}/posts?sort=created_at")).json()["data"]
    assert [each["title"] for each in listed] == [ann.email, bob.email]


async def test_hidden_fields_stay_hidden_in_every_answer(world: World, sizes: list[int]) -> None:
    await world.policy("posts", "create read update", "app_user", fields=["title"])
    person = await world.user()
    made = await by_each([person], world, lambda _: {"title": "x"})
    assert {frozenset(answer.json()) for _, answer in made} == {frozenset({"id", "title"})}
    changed = await asyncio.gather(
        *(person.client.patch(f"{world.data}/posts/{answer.json()['id']}", json={"title": "y"})
          for _, answer in made)
    )  # fmt: skip
    assert {frozenset(answer.json()) for answer in changed} == {frozenset({"id", "title"})}
    assert sum(sizes) == 2 * EACH
    assert max(sizes) > 1
