"""Policies on the pseudo-collection ``_channels``: made, explained, in the matrix, and no more."""

from typing import Any

import pytest

from tests.features.policies.world import World

WHERE = {"topic__startswith": "room:"}


async def explain(world: World, **question: Any) -> dict[str, Any]:
    body = {"collection": "_channels", "as": {"role": "guest"}} | question
    answer = await world.admin.post(f"{world.project.url}/policies/explain", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_policy_on_channels_is_kept_shown_and_found(world: World) -> None:
    made = await world.policy("_channels", "read create", "app_user", where=WHERE)
    assert (made["collection"], made["where"], made["broken"]) == ("_channels", WHERE, None)
    url = f"{world.project.url}/policies"
    found = (await world.admin.get(url, params={"collection": "_channels"})).json()
    assert [each["id"] for each in found["data"]] == [made["id"]]
    changed = await world.admin.patch(f"{url}/{made['id']}", json={"where": {"kind": "room"}})
    assert changed.json()["where"] == {"kind": "room"}


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"where": {"title": "x"}}, "/where/title"),
        ({"where": {"topic__startswith": 1}}, "/where/topic__startswith"),
        ({"fields": ["topic"]}, "/fields"),
        ({"presets": {"topic": "x"}}, "/presets"),
        ({"actions": ["delete"]}, "/actions/0"),
        ({"actions": ["read", "list"]}, "/actions/1"),
    ],
)
async def test_a_policy_that_channels_cannot_have_is_refused(
    still_world: World, more: dict[str, Any], pointer: str
) -> None:
    body = {"name": "x", "collection": "_channels", "actions": ["read"], "principals": ["app_user"]}
    answer = await still_world.admin.post(f"{still_world.project.url}/policies", json=body | more)
    assert answer.status_code == 422
    assert pointer in [each["pointer"] for each in answer.json()["errors"]]


async def test_an_explanation_judges_a_topic(world: World) -> None:
    made = await world.policy("_channels", "read", "role:guest", where=WHERE)
    allowed = await explain(world, action="read", data={"topic": "room:1"})
    assert (allowed["allowed"], allowed["policies"][0]["id"]) == (True, made["id"])
    (condition,) = allowed["policies"][0]["conditions"]
    assert (condition["actual"], condition["holds"]) == ("room:1", True)
    refused = await explain(world, action="read", data={"topic": "team:1"})
    assert (refused["allowed"], refused["reason"]) == (False, "no policy allowed it")
    assert (allowed["error"], refused["error"]) == (None, "realtime_channel_forbidden")
    assert (await explain(world, action="create", data={"topic": "room:1"}))["allowed"] is False
    open_ = await explain(world, action="read")
    assert (open_["allowed"], open_["depends_on"], open_["error"]) == (None, "data", None)


async def test_the_matrix_has_channels_with_their_three_actions(world: World) -> None:
    await world.policy("_channels", "read", "app_user", where=WHERE)
    matrix = (await world.admin.get(f"{world.project.url}/policies/matrix")).json()
    rows = {row["principal"]: row for row in matrix["rows"] if row["collection"] == "_channels"}
    allowed = {
        who: {a: c["allowed"] for a, c in row["actions"].items()} for who, row in rows.items()
    }
    assert allowed["anonymous"] == {"read": "none", "create": "none", "update": "none"}
    assert allowed["app_user"] == {"read": "some", "create": "none", "update": "none"}
    assert allowed["member:viewer"] == {"read": "all", "create": "none", "update": "none"}
    assert allowed["member:editor"] == {"read": "all", "create": "all", "update": "all"}


async def test_channels_are_no_collection_of_the_data_routes(world: World) -> None:
    await world.policy("_channels", "*", "anonymous app_user")
    for client in (world.admin, world.anyone):
        for path in ("_channels", "_channels/room:1", "_channels/aggregate?count=*"):
            assert (await client.get(f"{world.data}/{path}")).status_code in {401, 404}
    lint = await world.admin.get(f"{world.project.url}/policies/lint")
    assert lint.status_code == 200
