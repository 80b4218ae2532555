"""Organisations as app users and members of the console use them."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import Database
from app.features.organisations.service import orgs, records
from tests.features.organisations.world import World
from tests.people import invited


async def test_whoever_makes_an_organisation_is_its_owner(world: World) -> None:
    user = await world.sign_up()
    made = await user.ask("POST", "orgs", {"name": " Acme ", "slug": "acme"})
    assert made.status_code == 201
    shown = made.json()
    assert (shown["name"], shown["slug"], shown["role"]) == ("Acme", "acme", "owner")
    assert (await user.ask("GET", f"orgs/{shown['id']}")).json() == shown
    assert (await user.ask("GET", "orgs")).json()["data"] == [shown]
    taken = await user.ask("POST", "orgs", {"name": "Other", "slug": "acme"})
    assert (taken.status_code, taken.json()["code"]) == (409, "org_slug_taken")


async def test_to_a_stranger_an_organisation_does_not_exist(world: World) -> None:
    owner, stranger = await world.sign_up(), await world.sign_up()
    org = await world.org(owner)
    asked: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("GET", "/members", None),
        ("PATCH", f"/members/{owner.id}", {"role": "member"}),
        ("DELETE", f"/members/{owner.id}", None),
        ("DELETE", f"/members/{stranger.id}", None),
        ("POST", "/invitations", {"email": stranger.email, "role": "owner"}),
    ]
    for method, path, body in asked:
        answers = [
            await stranger.ask(method, f"orgs/{each}{path}", body) for each in (org, uuid4())
        ]
        told = [{**a.json(), "instance": None, "request_id": None} for a in answers]
        assert [a.status_code for a in answers] == [404, 404], (method, path, told)
        assert told[0] == told[1]
    assert (await stranger.ask("GET", "orgs")).json()["data"] == []
    assert await world.roles(org) == {owner.id: "owner"}


async def test_what_each_role_may_do(world: World) -> None:
    owner, boss, member, other = [await world.sign_up() for _ in range(4)]
    org = await world.org(owner)
    await world.join(org, boss, "admin")
    await world.join(org, member)
    await world.join(org, other)
    rename = {"name": "New"}

    assert (await member.ask("PATCH", f"orgs/{org}", rename)).status_code == 403
    assert (await boss.ask("PATCH", f"orgs/{org}", rename)).json()["name"] == "New"
    assert (await boss.ask("DELETE", f"orgs/{org}")).status_code == 403
    change = f"orgs/{org}/members"
    refused = {
        (403, "org_role_required"): [
            await member.ask("PATCH", f"{change}/{member.id}", {"role": "admin"}),
            await member.ask("DELETE", f"{change}/{other.id}"),
            await member.ask("POST", f"orgs/{org}/invitations", {"email": "a@example.com"}),
        ],
        (403, "org_role_beyond_own"): [
            await boss.ask("PATCH", f"{change}/{boss.id}", {"role": "owner"}),
            await boss.ask("PATCH", f"{change}/{member.id}", {"role": "owner"}),
            await boss.ask("PATCH", f"{change}/{owner.id}", {"role": "member"}),
            await boss.ask("DELETE", f"{change}/{owner.id}"),
            await boss.ask(
                "POST", f"orgs/{org}/invitations", {"email": "a@example.com", "role": "owner"}
            ),
        ],
        (409, "org_last_owner"): [
            await owner.ask("PATCH", f"{change}/{owner.id}", {"role": "admin"}),
            await owner.ask("DELETE", f"{change}/{owner.id}"),
        ],
        (404, "org_member_not_found"): [
            await boss.ask("PATCH", f"{change}/{uuid4()}", {"role": "member"}),
            await boss.ask("DELETE", f"{change}/{uuid4()}"),
        ],
    }
    for expected, answers in refused.items():
        for answer in answers:
            assert (answer.status_code, answer.json()["code"]) == expected
    raised = await boss.ask("PATCH", f"{change}/{member.id}", {"role": "admin"})
    assert raised.json()["role"] == "admin"
    assert (await boss.ask("DELETE", f"{change}/{other.id}")).status_code == 204
    assert (await member.ask("DELETE", f"{change}/{member.id}")).status_code == 204
    assert await world.roles(org) == {owner.id: "owner", boss.id: "admin"}


async def test_the_routes_of_members_tell_no_addresses(world: World) -> None:
    owner, member = await world.sign_up(), await world.sign_up()
    org = await world.org(owner)
    await world.join(org, member)
    shown = (await member.ask("GET", f"orgs/{org}/members")).json()["data"]
    assert [set(each) for each in shown] == [{"user_id", "role", "created_at"}] * 2


async def test_an_owner_deletes_an_organisation_with_its_memberships(
    world: World, database: Database
) -> None:
    owner, member = await world.sign_up(), await world.sign_up()
    org = await world.org(owner)
    await world.join(org, member)
    assert (await owner.ask("DELETE", f"orgs/{org}")).status_code == 204
    assert (await owner.ask("GET", f"orgs/{org}")).status_code == 404
    logged = await _log(database, world, org)
    assert [row["action"] for row in logged] == ["created", "deleted"]
    assert logged[-1]["actor"] == f"app_user:{owner.id}"


async def test_every_write_stands_in_the_change_log_with_who_did_it(
    world: World, database: Database
) -> None:
    owner, member = await world.sign_up(), await world.sign_up()
    org = await world.org(owner)
    await world.join(org, member)
    await owner.ask("PATCH", f"orgs/{org}", {"name": "New"})
    change = f"orgs/{org}/members/{member.id}"
    await owner.ask("PATCH", change, {"role": "admin"})
    await member.ask("DELETE", change)
    console = f"admin_user:{world.admin.user['id']}"
    mine, theirs = f"app_user:{owner.id}", f"app_user:{member.id}"
    assert [(row["action"], row["actor"]) for row in await _log(database, world, org)] == [
        ("created", mine),
        ("updated", mine),
    ]
    rows = await _log(database, world, None, user=member.id)
    assert [(row["action"], row["actor"]) for row in rows] == [
        ("created", console),
        ("updated", mine),
        ("deleted", theirs),
    ]
    assert all(row["schema_version"] == 2 for row in rows)


async def test_two_last_owners_who_leave_at_once_do_not_both_go(world: World) -> None:
    for _ in range(5):
        one, other = await world.sign_up(), await world.sign_up()
        org = await world.org(one)
        await world.join(org, other, "owner")
        answers = await asyncio.gather(
            *(each.ask("DELETE", f"orgs/{org}/members/{each.id}") for each in (one, other)),
        )
        assert sorted(a.status_code for a in answers) == [204, 409]
        assert list((await world.roles(org)).values()) == ["owner"]


async def test_two_owners_who_demote_each_other_at_once_leave_one(world: World) -> None:
    one, other = await world.sign_up(), await world.sign_up()
    org = await world.org(one)
    await world.join(org, other, "owner")
    body = {"role": "member"}
    answers = await asyncio.gather(
        one.ask("PATCH", f"orgs/{org}/members/{other.id}", body),
        other.ask("PATCH", f"orgs/{org}/members/{one.id}", body),
    )
    assert sorted(a.status_code for a in answers) == [200, 403]
    assert sorted((await world.roles(org)).values()) == ["member", "owner"]


async def test_nobody_deletes_an_organisation_by_a_role_lost_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await world.sign_up(), await world.sign_up()
    org = await world.org(one)
    await world.join(org, other, "owner")
    original, demotions = records.standing, list[asyncio.Task[httpx.Response]]()

    async def standing(*args: Any) -> Any:
        """And as soon as it is known, the other owner takes it away."""
        found = await original(*args)
        demotion = other.ask("PATCH", f"orgs/{org}/members/{one.id}", {"role": "member"})
        demotions.append(asyncio.create_task(demotion))
        await asyncio.wait(demotions, timeout=1)
        return found

    monkeypatch.setattr(orgs, "standing", standing)
    deleted = await one.ask("DELETE", f"orgs/{org}")

    assert (deleted.status_code, (await demotions[0]).status_code) == (204, 404)


async def test_members_of_the_console_manage_members_of_organisations(world: World) -> None:
    owner = await world.sign_up()
    org = await world.org(owner)
    client, url = world.admin.client, f"{world.organisations}/orgs"
    shown = (await client.get(f"{url}/{org}/members")).json()["data"]
    assert [(each["email"], each["role"]) for each in shown] == [(owner.email, "owner")]
    role = {"role": "member"}
    demoted = await client.put(f"{url}/{org}/members/{owner.id}", json=role)
    assert (demoted.status_code, demoted.json()["code"]) == (409, "org_last_owner")
    assert (await client.delete(f"{url}/{org}/members/{owner.id}")).status_code == 409
    nobody = await client.put(f"{url}/{org}/members/{uuid4()}", json=role)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "user_not_found")
    nowhere = await client.put(f"{url}/{uuid4()}/members/{owner.id}", json=role)
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "org_not_found")
    assert (await client.get(f"{url}/{uuid4()}/members")).status_code == 404
    assert (await client.delete(f"{url}/{org}/members/{uuid4()}")).status_code == 404


async def test_editors_of_the_project_see_memberships_and_leave_them_alone(
    app: Any, world: World
) -> None:
    """Memberships decide what policies allow, and policies are the admins'."""
    editor = await invited(app, world.admin.client, world.project.url, "editor")
    owner, user = await world.sign_up(), await world.sign_up()
    org = await world.org(owner)
    url = f"{world.organisations}/orgs/{org}/members"

    answers = [
        await editor.client.put(f"{url}/{user.id}", json={"role": "owner"}),
        await editor.client.put(f"{url}/{owner.id}", json={"role": "member"}),
        await editor.client.delete(f"{url}/{owner.id}"),
    ]

    assert {answer.status_code for answer in answers} == {403}
    shown = (await editor.client.get(url)).json()["data"]
    assert [(each["user_id"], each["role"]) for each in shown] == [(owner.id, "owner")]


async def test_fields_of_the_owners_own_get_their_defaults(world: World) -> None:
    for collection in ("orgs", "memberships"):
        field = {"name": "plan", "type": "string", "default": "free", "required": True}
        url = f"{world.project.url}/collections/{collection}/fields"
        answer = await world.admin.client.post(url, json=field)
        assert answer.status_code in (200, 201), answer.text
    owner = await world.sign_up()
    org = await world.org(owner)
    [shown] = await world.data(owner, "orgs?expand=members")
    assert (shown["id"], shown["plan"]) == (org, "free")
    assert [each["plan"] for each in shown["members"]] == ["free"]


async def _log(
    database: Database, world: World, record: str | None, *, user: str | None = None
) -> list[Any]:
    schema = f"p_{UUID(str(world.project.id)).hex}"
    return await database.owner.fetch(
        f"SELECT action, actor, schema_version FROM {schema}._changes WHERE record_id = $1"
        " OR coalesce(after, before) ->> 'user_id' = $2 ORDER BY n",
        record,
        user,
    )
