"""With whose rights something acts: who is meant, what they may see, and who is nobody."""

from typing import Any

import pytest

from app.engine.changes.fan_out import read_log
from app.engine.changes.relay import backlog, number
from app.features.data.service import show_events
from app.features.policies.service.acting import ActorError, caller_acting_as
from tests.features.policies.world import World


async def events(app: Any, world: World) -> Any:
    database = app.services.database
    while await backlog(database, world.project.id):
        await number(database, world.project.id)
    return await read_log(database, world.project.id, 0, 100)


async def test_everybody_is_shown_what_they_may_see_of_an_event(app: Any, world: World) -> None:
    await world.policy("posts", "list read", "role:editor", fields=["title"], name="editors")
    await world.policy("posts", "list read", "anonymous", where={"status": "published"}, name="all")
    user = await world.user("editor")
    await world.make("posts", title="draft", secret_note="CNRY")
    log = [each for each in await events(app, world) if each.action == "created"]
    event = [each for each in log if (each.after or {}).get("title") == "draft"]

    async def shown(run_as: str) -> Any:
        caller = await caller_acting_as(app.services, world.project.id, run_as, "webhook:1")
        assert caller.principal.actor == "webhook:1"
        (told,) = await show_events(app.services, caller, event)
        return told and told["after"]

    assert (await shown("project"))["secret_note"] == "CNRY"
    assert set(await shown("role:editor")) == {"id", "title"}
    assert await shown(f"user:{user.id}") == await shown("role:editor")
    assert await shown("anonymous") is None


@pytest.mark.parametrize(
    "run_as", ["", "everyone", "user:", "user:x", "role:", "key:1", "project "]
)
async def test_nobody_acts(app: Any, still_world: World, run_as: str) -> None:
    with pytest.raises(ActorError):
        await caller_acting_as(app.services, still_world.project.id, run_as)


async def test_whoever_is_suspended_or_gone_acts_no_more(app: Any, world: World) -> None:
    user = await world.user()
    run_as = f"user:{user.id}"
    assert await caller_acting_as(app.services, world.project.id, run_as)
    url = f"{world.project.url}/users/{user.id}"
    assert (await world.admin.patch(url, json={"status": "suspended"})).status_code == 200
    with pytest.raises(ActorError):
        await caller_acting_as(app.services, world.project.id, run_as)
    await world.admin.patch(url, json={"status": "active"})
    assert (await world.admin.delete(url)).status_code == 204
    with pytest.raises(ActorError):
        await caller_acting_as(app.services, world.project.id, run_as)
