"""The routes around the records: what policies mean for counts, logs, keys, members, addresses."""

import asyncio
from typing import Any

import pytest

from tests.features.policies.world import World
from tests.running import client_for
from tests.waiting import PATIENCE_SECONDS, until


async def test_counts_speak_of_what_is_seen(world: World) -> None:
    for number in range(8):
        await world.make("posts", title="t", rank=number)
    await world.policy("posts", "list", "anonymous", where={"rank__lt": 3})
    url = f"{world.data}/posts"
    page = (await world.anyone.get(f"{url}?count=exact&limit=2")).json()
    assert (page["total"], page["page"]["has_more"]) == (3, True)
    assert (await world.anyone.get(f"{url}?count=capped")).json()["total"] == 3
    sums = (await world.anyone.get(f"{url}/aggregate?count=*&sum=rank&max=rank")).json()["data"]
    assert sums == [{"count": 3, "sum_rank": 3, "max_rank": 2}]
    second = page["page"]["next_cursor"]
    rest = (await world.anyone.get(f"{url}?limit=2&cursor={second}")).json()
    assert (len(rest["data"]), rest["page"]["has_more"]) == (1, False)
    head = await world.anyone.head(f"{url}?count=exact")
    assert head.status_code == 200


async def test_the_log_shows_a_record_as_far_as_it_may_be_seen_now(world: World) -> None:
    await world.policy(
        "posts", "list read", "anonymous", where={"status": "published"}, fields=["title", "status"]
    )
    draft = await world.make("posts", title="draft", secret_note="CNRY")
    url = f"{world.data}/posts/{draft['id']}"
    feed = f"{world.project.url}/changes?since=0"
    assert (await world.anyone.get(f"{url}/history")).status_code == 404
    assert (await world.anyone.get(feed)).json()["data"] == []
    await world.admin.patch(url, json={"status": "published"})
    await world.admin.patch(url, json={"title": "two", "secret_note": "CNRY-2"})
    history = (await world.anyone.get(f"{url}/history")).json()["data"]
    assert [each["action"] for each in history] == ["updated", "updated"]
    latest, first = history
    assert first["before"] is None, "the draft was never to be seen"
    assert first["after"] == {"id": draft["id"], "title": "draft", "status": "published"}
    assert latest["before"]["title"] == "draft"
    assert latest["actor"] is None, "who wrote is not everybody's business"
    changes = await _followed(world, feed, 2)
    assert [each["after"]["title"] for each in changes] == ["draft", "two"]
    assert "CNRY" not in str(changes) + str(history)
    await world.admin.delete(url)
    gone = (await world.anyone.get(f"{url}/history")).json()["data"]
    assert gone[0]["action"] == "deleted"
    member = (await world.admin.get(f"{url}/history")).json()["data"]
    assert len(member) == 4
    assert member[0]["actor"].startswith("admin_user:")


async def _followed(world: World, feed: str, changes: int) -> list[dict[str, Any]]:
    """The feed as anyone sees it, once the relay has numbered that many changes of it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found: list[dict[str, Any]] = (await world.anyone.get(feed)).json()["data"]
            if len(found) >= changes:
                return found
            await asyncio.sleep(0.05)


async def test_a_page_of_the_log_is_filled_with_what_may_be_seen(world: World) -> None:
    await world.policy("posts", "list", "anonymous", where={"rank": 1})
    for number in range(30):
        await world.make("posts", title=f"{number}", rank=int(number in (3, 17, 28)))
    await _followed(world, f"{world.project.url}/changes?since=0", 3)
    feed = f"{world.project.url}/changes?limit=2&since="
    page = (await world.anyone.get(f"{feed}0")).json()
    assert [each["after"]["title"] for each in page["data"]] == ["3", "17"]
    assert page["page"]["has_more"] is True
    rest = (await world.anyone.get(f"{feed}{page['page']['next_since']}")).json()
    assert [each["after"]["title"] for each in rest["data"]] == ["28"]
    assert rest["page"]["has_more"] is False


async def test_expanding_shows_what_a_request_for_it_would(world: World) -> None:
    user, other = await world.user(), await world.user()
    await world.policy("posts", "list read", "app_user")
    await world.policy("invoices", "list read", "app_user", where={"owner": "$user.id"})
    await world.policy("comments", "list read", "app_user", where={"approved": True},
                       fields=["text", "post"])  # fmt: skip
    post = await world.make("posts", title="p", author_id=other.id)
    await world.make("comments", text="yes", approved=True, post_id=post["id"])
    await world.make("comments", text="CNRY", post_id=post["id"])
    await world.make("invoices", number="CNRY-1", owner_id=other.id, post_id=post["id"])
    url = f"{world.data}/posts?expand=comments(limit=10,sort=-created_at).post,author"
    refused = await user.client.get(url)
    assert refused.status_code == 400, "created_at of comments is hidden"
    url = f"{world.data}/posts?expand=comments(limit=10,sort=text).post,author"
    (shown,) = (await user.client.get(url)).json()["data"]
    assert [each["text"] for each in shown["comments"]] == ["yes"]
    assert shown["comments"][0]["post"]["id"] == post["id"]
    assert set(shown["comments"][0]) == {"id", "text", "post_id", "post"}
    assert shown["author"] is None, "users see themselves alone"
    assert shown["author_id"] == other.id
    assert (await user.client.get(f"{world.data}/posts?comments__text=CNRY")).json()["data"] == []
    hidden = await user.client.get(f"{world.data}/posts?comments__text__startswith=y")
    assert len(hidden.json()["data"]) == 1
    nobody = await user.client.get(f"{world.data}/posts?author__name__isnull=true")
    assert nobody.json()["data"] == []


async def test_scopes_grant_and_policies_narrow_a_key(world: World) -> None:
    await world.make("posts", title="open", status="published")
    await world.make("posts", title="draft")
    reader = await world.key("posts:read")
    url = f"{world.data}/posts"
    assert len((await reader.get(url)).json()["data"]) == 2
    assert (await reader.post(url, json={"title": "x"})).status_code == 403
    assert (await reader.get(f"{world.data}/tags")).status_code == 404
    await world.policy("posts", "list read", "api_key", where={"status": "published"})
    assert [e["title"] for e in (await reader.get(url)).json()["data"]] == ["open"]
    service = await world.key("*:*")
    assert len((await service.get(url)).json()["data"]) == 2
    broken = await service.post(url, json={"title": "x" * 300})
    assert broken.status_code == 422, "a service key passes policies, never validations"
    await world.policy("posts", "list", "api_key", effect="deny", name="none")
    assert (await reader.get(url)).status_code == 403
    assert (await service.get(url)).status_code == 200
    writer = await world.key("posts:write")
    assert (await writer.get(url)).status_code == 403
    assert (await writer.post(url, json={"title": "x"})).status_code == 201
    keyed = await world.key("tags:*")
    await world.policy("tags", "list", "api_key", where={"name": "$key.id"}, name="by key")
    assert (await keyed.get(f"{world.data}/tags")).json()["data"] == []


async def test_members_go_as_far_as_their_role_and_denials(world: World) -> None:
    viewer = await _member(world, "viewer")
    url = f"{world.data}/posts"
    await world.make("posts", title="open")
    await world.make("posts", title="sealed", status="gone")
    assert len((await viewer.get(url)).json()["data"]) == 2
    assert (await viewer.post(url, json={"title": "x"})).status_code == 403
    await world.policy("posts", "create", "admin_user", check={"title__startswith": "x"})
    assert (await viewer.post(url, json={"title": "x"})).status_code == 201
    assert (await viewer.post(url, json={"title": "y"})).status_code == 403
    await world.policy(
        "posts", "list read", "admin_user", effect="deny", where={"status": "gone"}, name="sealed"
    )
    titles = {each["title"] for each in (await viewer.get(url)).json()["data"]}
    assert titles == {"open", "x"}
    assert len((await world.admin.get(url)).json()["data"]) == 2


async def _member(world: World, role: str) -> Any:
    from tests.people import invited

    person = await invited(world.app, world.admin, world.project.url, role)
    return person.client


async def test_roles_and_verified_addresses_decide(world: World) -> None:
    editor, user = await world.user("editor"), await world.user()
    await world.policy("posts", "list", "role:editor")
    await world.policy("tags", "list", "app_user", require_verified_email=True)
    assert (await editor.client.get(f"{world.data}/posts")).status_code == 200
    assert (await user.client.get(f"{world.data}/posts")).status_code == 404
    assert (await user.client.get(f"{world.data}/tags")).status_code == 404
    path = f"{world.project.url}/users/{user.id}"
    proved = await world.admin.patch(path, json={"email_verified": True})
    assert proved.status_code == 200, proved.text

    async def is_known() -> bool:
        return (await user.client.get(f"{world.data}/tags")).status_code == 200

    await until(is_known)


@pytest.mark.parametrize("path", ["", "/aggregate?count=*", "/export?format=json"])
async def test_the_callers_address_is_known_on_every_surface(world: World, path: str) -> None:
    await world.policy("posts", "list", "anonymous", where={"slug": "$request.ip"})
    await world.make("posts", title="t", slug="10.1.2.3")
    async with client_for(world.app, address="10.1.2.3") as near:
        assert (
            "10.1.2.3" in (await near.get(f"{world.data}/posts{path}")).text
            or "1" in (await near.get(f"{world.data}/posts{path}")).text
        )
    async with client_for(world.app, address="10.9.9.9") as far:
        answer = await far.get(f"{world.data}/posts{path}")
        assert answer.status_code == 200
        assert "10.1.2.3" not in answer.text
        assert '"count":1' not in answer.text


async def test_the_description_lists_what_one_may_reach(world: World) -> None:
    user = await world.user()
    await world.policy("posts", "list", "app_user", fields=["title"])
    await world.policy("posts", "create", "app_user", fields=["body"], name="c")
    told = (await user.client.get(f"{world.project.url}/openapi.json")).json()
    names = {path.rpartition("/data/")[2].partition("/")[0] for path in told["paths"]}
    assert names == {"posts", "users"}
    assert set(told["paths"][f"/api/projects/{world.project.slug}/data/posts"]) >= {"get", "post"}
    text = str(told)
    assert "secret_note" not in text
    assert "internal_code" not in text
    anyone = await world.anyone.get(f"{world.project.url}/openapi.json")
    assert anyone.status_code == 401


async def test_a_role_that_policies_speak_of_stays(world: World) -> None:
    """Made anew under its name, it would bring its rights back."""
    roles = f"{world.project.url}/roles"
    assert (await world.admin.post(roles, json={"name": "editor"})).status_code == 201
    policy = await world.policy("posts", "list", "role:editor", name="editors list")
    kept = await world.admin.delete(f"{roles}/editor")
    assert (kept.status_code, kept.json()["code"]) == (409, "role_in_use")
    assert "editors list" in kept.json()["detail"]
    await world.admin.delete(f"{world.project.url}/policies/{policy['id']}")
    assert (await world.admin.delete(f"{roles}/editor")).status_code == 204


async def test_a_variable_without_a_value_makes_no_negation_true(world: World) -> None:
    """Neither in an allow nor in a deny, whatever stands beside it."""
    user = await world.user()
    for status in ("draft", "published"):
        await world.make("posts", title=status, status=status, author_id=user.id)
    mine_and = {"and": [{"author": "$user.id"}, {"status": "draft"}]}
    mine_or = {"or": [{"author": "$user.id"}, {"status": "gone"}]}
    for negated in (mine_and, mine_or, {"author": "$user.id"}, {"not": {"not": mine_and}}):
        made = await world.policy("posts", "list", "anonymous app_user", where={"not": negated})
        seen = (await world.anyone.get(f"{world.data}/posts?count=exact")).json()
        assert (seen["data"], seen["total"]) == ([], 0), negated
        await world.admin.delete(f"{world.project.url}/policies/{made['id']}")
    await world.policy("posts", "list", "anonymous app_user", where={"not": mine_and})
    seen = (await user.client.get(f"{world.data}/posts")).json()["data"]
    assert [each["title"] for each in seen] == ["published"]
    await world.policy("posts", "list", "anonymous", fields=["title"])
    await world.policy(
        "posts", "list", "anonymous", effect="deny", where={"not": {"not": mine_and}}
    )
    assert (await world.anyone.get(f"{world.data}/posts")).json()["data"] == []


async def test_a_variable_in_the_list_of_a_request_is_the_text_that_it_is(world: World) -> None:
    """As it is where it stands alone: requests have no variables."""
    await world.make("posts", title="$user.email")
    await world.policy("posts", "list", "anonymous")
    for condition in ('{"title":"$user.email"}', '{"title__in":["$user.email","x"]}'):
        found = await world.anyone.get(f"{world.data}/posts?filter={condition}")
        assert [each["title"] for each in found.json()["data"]] == ["$user.email"], condition
