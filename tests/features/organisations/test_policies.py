"""Organisations in policies, and what their own policies show."""

from typing import Any

import pytest

from tests.features.organisations.world import World
from tests.features.users.app_users import AppUser
from tests.schemas import apply_schema, field

DOCUMENTS: dict[str, Any] = {
    "name": "documents",
    "fields": [
        field("title", "string", required=True),
        field("org", "relation", to="orgs", on_delete="cascade"),
    ],
}
BULK = {"Prefer": "max-affected=10"}


async def _policy(world: World, **body: Any) -> None:
    url = f"{world.project.url}/policies"
    whole = {"name": "p", "collection": "documents", "principals": ["app_user"], **body}
    answer = await world.admin.client.post(url, json=whole)
    assert answer.status_code == 201, answer.text


async def _two_orgs(world: World) -> tuple[str, str, AppUser, AppUser, AppUser]:
    """Two organisations, each with a document; the owner of both, and an admin and a member of
    the first."""
    await apply_schema(world.admin, world.project, DOCUMENTS)
    owner, boss, member = [await world.sign_up() for _ in range(3)]
    first, second = await world.org(owner, "First"), await world.org(owner, "Second")
    await world.join(first, boss, "admin")
    await world.join(first, member)
    for org, title in ((first, "one"), (second, "two")):
        url = f"{world.project.url}/data/documents"
        made = await world.admin.client.post(url, json={"title": title, "org_id": org})
        assert made.status_code == 201, made.text
    return first, second, owner, boss, member


async def _titles(world: World, user: AppUser) -> list[str]:
    return [each["title"] for each in await world.data(user, "documents?sort=title")]


async def test_a_policy_reaches_through_an_organisation_to_its_members(world: World) -> None:
    first, _, owner, _, member = await _two_orgs(world)
    await _policy(world, actions=["list"], where={"org__members__user_id": "$user.id"})
    assert await _titles(world, owner) == ["one", "two"]
    assert await _titles(world, member) == ["one"]
    assert await _titles(world, await world.sign_up()) == []
    assert (await member.ask("DELETE", f"orgs/{first}/members/{member.id}")).status_code == 204
    assert await _titles(world, member) == []


async def test_a_policy_asks_for_a_role_in_the_organisation(world: World) -> None:
    first, _, owner, boss, member = await _two_orgs(world)
    inner = {"user_id": "$user.id", "role": "admin"}
    await _policy(world, actions=["list"], where={"org": {"members": inner}})
    assert await _titles(world, boss) == ["one"]
    assert await _titles(world, member) == []
    assert await _titles(world, owner) == []  # an owner of both, and an admin of none
    path = f"orgs/{first}/members/{member.id}"
    assert (await owner.ask("PATCH", path, {"role": "admin"})).status_code == 200
    assert await _titles(world, member) == ["one"]


async def test_the_template_of_organisations_fits(world: World) -> None:
    first, second, owner, _, member = await _two_orgs(world)
    url = f"{world.project.url}/policies/templates/members_of_organisation"
    body = {"collection": "documents", "field": "org"}
    made = await world.admin.client.post(url, json=body)
    assert made.status_code == 201, made.text
    assert await _titles(world, member) == ["one"]
    data = f"{world.project.url}/data/documents"
    for org, status in ((first, 201), (second, 422)):
        new = {"title": "new", "org_id": org}
        answer = await world.anyone.post(data, json=new, headers=member.headers)
        assert answer.status_code == status, answer.text
    assert await _titles(world, owner) == ["new", "one", "two"]


async def test_members_see_their_organisations_and_who_belongs_to_them(world: World) -> None:
    first, second, owner, boss, member = await _two_orgs(world)
    assert {each["id"] for each in await world.data(owner, "orgs")} == {first, second}
    assert [each["id"] for each in await world.data(member, "orgs")] == [first]
    seen = await world.data(member, "memberships?expand=user,org")
    assert {each["user_id"] for each in seen} == {owner.id, boss.id, member.id}
    assert {each["org_id"] for each in seen} == {first}
    shown = {each["user_id"]: each["user"] for each in seen}
    assert shown[owner.id] is None, "users see themselves alone, unless a policy says more"
    stranger = await world.sign_up()
    assert await world.data(stranger, "orgs") == await world.data(stranger, "memberships") == []
    anyone = await world.anyone.get(f"{world.project.url}/data/orgs")
    assert anyone.status_code == 401


@pytest.mark.parametrize("by", ["user", "member", "key"])
async def test_memberships_are_not_made_or_changed_through_the_data_routes(
    world: World, by: str
) -> None:
    """Not even where a policy allows everything."""
    first, second, owner, _, member = await _two_orgs(world)
    for collection in ("orgs", "memberships"):
        await _policy(world, name=collection, collection=collection, actions=["*"])
    headers = await _headers(world, member, by)
    [mine] = [m for m in await world.data(member, "memberships") if m["user_id"] == member.id]
    data = f"{world.project.url}/data"
    before = [await world.roles(org) for org in (first, second)]
    asked: list[tuple[str, str, Any]] = [
        ("POST", "memberships", {"org_id": second, "user_id": member.id, "role": "owner"}),
        ("POST", "memberships", {"org": second, "user": member.id}),
        ("POST", "memberships", {}),
        ("POST", "memberships", [{"org_id": second, "user_id": member.id}]),
        *(
            (method, f"memberships/{mine['id']}", given)
            for method in ("PATCH", "PUT")
            for given in (
                {"role": "owner"}, {"org_id": second}, {"org": second}, {"user_id": owner.id},
            )
        ),
        ("PATCH", "memberships?role=member", {"role": "owner"}),
        ("POST", "memberships?on_conflict=org_id,user_id",
         {"org_id": first, "user_id": member.id, "role": "owner"}),
        ("PATCH", f"orgs/{first}", {"members": [member.id]}),
        ("POST", "orgs", {"name": "x", "members": [{"user_id": member.id}]}),
        ("PATCH", f"orgs/{first}", {"created_by": member.id}),
    ]  # fmt: skip
    for method, path, body in asked:
        answer = await world.anyone.request(
            method, f"{data}/{path}", json=body, headers=headers | BULK
        )
        assert answer.status_code in (400, 403, 422), (method, path, body, answer.text)
    assert [await world.roles(org) for org in (first, second)] == before


@pytest.mark.parametrize("by", ["user", "member", "scoped key"])
async def test_memberships_are_not_deleted_through_the_data_routes(world: World, by: str) -> None:
    """The last owner's would go without a question. Not even where a policy allows everything."""
    first, second, _, _, member = await _two_orgs(world)
    for collection in ("orgs", "memberships"):
        for principal in ("app_user", "api_key"):
            await _policy(
                world, name=f"{collection} {principal}", collection=collection, actions=["*"],
                principals=[principal],
            )  # fmt: skip
    headers = await _headers(world, member, by)
    data = f"{world.project.url}/data"
    held = (await world.admin.client.get(f"{data}/memberships")).json()["data"]
    before = [await world.roles(org) for org in (first, second)]
    asked: list[tuple[str, str, Any]] = [
        *(("DELETE", f"memberships/{each['id']}", None) for each in held),
        ("DELETE", "memberships?role=owner", None),
    ]
    if by != "member":
        asked += [
            ("DELETE", f"orgs/{first}", None),
            ("DELETE", "orgs?name=First", None),
            ("POST", "orgs", {"name": "Ownerless"}),
            ("POST", "orgs?on_conflict=slug", {"name": "Ownerless", "slug": "x"}),
        ]
    for method, path, body in asked:
        answer = await world.anyone.request(
            method, f"{data}/{path}", json=body, headers=headers | BULK
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "policy_forbidden"), path
    assert [await world.roles(org) for org in (first, second)] == before
    assert len((await world.admin.client.get(f"{data}/orgs")).json()["data"]) == 2


async def _headers(world: World, member: AppUser, by: str) -> dict[str, str]:
    if by == "user":
        return member.headers
    if by == "member":
        return world.admin.headers
    scopes = ["*:*"] if by == "key" else ["memberships:*", "orgs:*"]
    url = f"{world.project.url}/api-keys"
    made = await world.admin.client.post(url, json={"name": "server", "scopes": scopes})
    return {"X-API-Key": made.json()["key"]}
