"""Organisations as system collections: enabled once, protected, and never in drift."""

from typing import Any

import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.features.organisations.world import World
from tests.schemas import apply_schema, field


@pytest.fixture
def bare(admin: Admin, project: TestProject, client: httpx.AsyncClient) -> World:
    """A project without organisations."""
    return World(admin, project, client)


async def _get(world: World, path: str) -> Any:
    answer = await world.admin.client.get(f"{world.project.url}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_without_organisations_their_routes_say_so(bare: World) -> None:
    assert await _get(bare, "organisations") == {"enabled": False}
    user = await bare.sign_up()
    org = "0192aaaa-0000-7000-8000-000000000000"
    for method, path in (("GET", "orgs"), ("GET", f"orgs/{org}"), ("DELETE", f"orgs/{org}")):
        answer = await user.ask(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "organisations_disabled")
    url = f"{bare.organisations}/orgs/{org}/members"
    assert (await bare.admin.client.get(url)).json()["code"] == "organisations_disabled"


async def test_enabling_them_twice_changes_nothing_more(bare: World) -> None:
    await bare.enable()
    assert await _get(bare, "organisations") == {"enabled": True}
    before = (await _get(bare, "schema"), await _get(bare, "policies"))
    await bare.enable()
    assert (await _get(bare, "schema"), await _get(bare, "policies")) == before
    names = [each["name"] for each in before[0]["schema"]["collections"]]
    assert names == ["users", "orgs", "memberships"]


async def test_the_schema_shows_them_and_is_in_sync(world: World) -> None:
    shown = (await _get(world, "schema"))["schema"]["collections"]
    orgs, memberships = (
        next(each for each in shown if each["name"] == name) for name in ("orgs", "memberships")
    )
    assert (orgs["system"], memberships["system"]) == (True, True)
    assert memberships["unique"] == [["org", "user"]]
    assert await _get(world, "schema/drift") == {"in_sync": True, "differences": []}


async def test_a_taken_name_is_told(bare: World) -> None:
    await apply_schema(bare.admin, bare.project, {"name": "orgs", "fields": []})
    answer = await bare.admin.client.post(bare.organisations)
    assert (answer.status_code, answer.json()["code"]) == (409, "schema_exists")
    assert await _get(bare, "organisations") == {"enabled": False}


async def test_what_a_document_leaves_out_of_them_stays(world: World) -> None:
    """Labels are the owner's to change; all else that is the product's is kept."""
    held = await _get(world, "schema")
    users, orgs, memberships = held["schema"]["collections"]
    url = f"{world.project.url}/schema/plan"
    for left in (
        [],
        [{"name": "orgs", "fields": []}],
        [{"name": "memberships", "fields": []}, orgs],
        [memberships | {"unique": []}, orgs | {"created_by": False}],
        [{k: v for k, v in each.items() if k != "id"} for each in (memberships, orgs)],
    ):
        body = {"base": held["hash"], "schema": {"collections": [users, *left]}}
        plan = await world.admin.client.post(url, json=body)
        assert plan.status_code == 200, plan.text
        kinds = {step["kind"] for step in plan.json()["steps"]}
        assert kinds <= {"alter_collection"}, (left, kinds)


async def test_they_cannot_be_dropped_renamed_or_bent(world: World) -> None:
    client, url = world.admin.client, world.project.url
    for name in ("orgs", "memberships"):
        assert (await client.delete(f"{url}/collections/{name}")).status_code == 409
        renamed = await client.patch(f"{url}/collections/{name}", json={"name": "other"})
        assert renamed.status_code == 422
    held = await _get(world, "schema")
    users, orgs, memberships = held["schema"]["collections"]
    second = field("also", "relation", to="orgs", on_delete="cascade")
    bent = [
        {**each, "via": "also"} if each["name"] == "members" else each for each in orgs["fields"]
    ]
    loose = [
        {**each, "required": False} if each["name"] == "user" else each
        for each in memberships["fields"]
    ]
    for wrong in (
        [orgs | {"fields": bent}, memberships | {"fields": [*memberships["fields"], second]}],
        [orgs, memberships | {"fields": loose}],
    ):
        body = {"base": held["hash"], "schema": {"collections": [users, *wrong]}}
        answer = await client.post(f"{url}/schema/plan", json=body)
        assert answer.status_code == 422
        assert {each["code"] for each in answer.json()["errors"]} == {"field_protected"}


async def test_no_collection_takes_the_name_of_one_that_is_left_out(world: World) -> None:
    await apply_schema(world.admin, world.project, {"name": "things", "fields": []})
    held = await _get(world, "schema")
    things = next(c for c in held["schema"]["collections"] if c["name"] == "things")
    for name in ("orgs", "users"):
        body = {"base": held["hash"], "schema": {"collections": [things | {"name": name}]}}
        answer = await world.admin.client.post(f"{world.project.url}/schema/plan", json=body)
        assert answer.status_code == 422, answer.text


async def test_a_rollback_leaves_them_as_they_are(bare: World) -> None:
    await apply_schema(bare.admin, bare.project, {"name": "things", "fields": []})
    await bare.enable()
    owner = await bare.sign_up()
    org = await bare.org(owner)
    url = f"{bare.project.url}/schema/rollback"
    answer = await bare.admin.client.post(url, json={"version": 1})
    if "plan_hash" in answer.json():
        body = {"version": 1, "confirm": answer.json()["plan_hash"]}
        answer = await bare.admin.client.post(url, json=body)
    assert answer.status_code == 200, answer.text
    assert (await owner.ask("GET", f"orgs/{org}")).status_code == 200
    shown = (await _get(bare, "schema"))["schema"]["collections"]
    assert [each["name"] for each in shown] == ["users", "orgs", "memberships"]
    assert (await _get(bare, "schema/drift"))["in_sync"]


async def test_a_rollback_to_when_the_name_was_free_is_refused(bare: World) -> None:
    await apply_schema(bare.admin, bare.project, {"name": "orgs", "fields": []})
    client, url = bare.admin.client, bare.project.url
    renamed = await client.patch(f"{url}/collections/orgs", json={"name": "firms"})
    assert renamed.status_code == 200, renamed.text
    await bare.enable()
    answer = await client.post(f"{url}/schema/rollback", json={"version": 2})
    assert (answer.status_code, answer.json()["code"]) == (409, "schema_exists")
