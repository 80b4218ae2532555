"""What users say of themselves: nothing in it tells of other users, or of what they do not see."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.features.users.app_users import OTHER_PASSWORD, PASSWORD, World, new_email
from tests.schemas import apply_schema, field

TEAMS: dict[str, Any] = {
    "name": "teams",
    "fields": [field("name", "string", required=True), field("open", "boolean", required=True)],
}
FIELDS = [
    field("phone", "string", max_length=9),
    field("born", "date"),
    field("seen", "datetime"),
    field("weight", "decimal"),
    field("plan", "string", default="free", required=True),
    field("tags", "array(string)"),
    field("handle", "string", unique=True),
    field("team", "relation", to="teams", on_delete="set_null"),
]
OPEN_TEAMS: dict[str, Any] = {
    "name": "anyone reads open teams",
    "collection": "teams",
    "actions": ["list", "read"],
    "principals": ["anonymous", "app_user"],
    "where": {"open": True},
}


@pytest.fixture
async def teams(world: World) -> dict[str, str]:
    """An open and a hidden team, and none: their ids."""
    client, url = world.admin.client, world.project.url
    held = (await client.get(f"{url}/collections/users")).json()
    users = {"name": "users", "fields": [*held["fields"], *FIELDS]}
    await apply_schema(world.admin, world.project, users, TEAMS)
    await world.settings(profile_fields=[each["name"] for each in FIELDS])
    assert (await client.post(f"{url}/policies", json=OPEN_TEAMS)).status_code == 201
    made = {"none": str(uuid4())}
    for name, is_open in (("open", True), ("hidden", False)):
        team = await client.post(f"{url}/data/teams", json={"name": name, "open": is_open})
        made[name] = team.json()["id"]
    return made


def told(answer: httpx.Response, *names: str) -> tuple[int, str]:
    """What an answer says, but for the ids of the request and of what was sent."""
    text = answer.text.replace(str(answer.json().get("request_id")), "")
    for name in names:
        text = text.replace(name, "")
    return answer.status_code, text


@pytest.mark.parametrize(
    ("profile", "status"),
    [
        ({}, 201),
        ({"phone": "123", "name": " Ada "}, 201),
        ({"phone": None, "plan": "paid", "tags": ["b", "a"]}, 201),
        ({"born": "2001-02-03", "seen": "2020-01-01T00:00:00+02:00", "weight": "1.50"}, 201),
        ({"team": "open"}, 201),
        ({"team": "hidden"}, 422),
        ({"team": "none"}, 422),
        ({"handle": "ada"}, 422),
        ({"handle": "free"}, 422),
        ({"phone": "1" * 10, "born": "soon"}, 422),
        ({"plan": None}, 422),
        ({"email_verified": True}, 422),
    ],
)
async def test_a_taken_address_looks_like_a_new_one_whatever_is_said_of_its_user(
    world: World, teams: dict[str, str], profile: dict[str, Any], status: int
) -> None:
    known = await world.sign_up(handle="ada")
    await world.settings(require_verified_email=True)
    if "team" in profile:
        profile = {"team": teams[profile["team"]]}

    answers = [
        await world.post("register", {"email": email, "password": OTHER_PASSWORD} | profile)
        for email in (known.email, new_email(), new_email())
    ]

    assert {answer.status_code for answer in answers} == {status}
    assert len({told(answer) for answer in answers}) == 1
    assert len({str(sorted(answer.headers)) for answer in answers}) == 1


@pytest.mark.usefixtures("teams")
async def test_what_has_to_be_unique_is_set_after_signing_in(world: World) -> None:
    """Of two sign-ups with one value, the second would tell whether the first made a user."""
    other = await world.sign_up(handle="ada")
    await world.settings(require_verified_email=True)
    body = {"email": new_email(), "password": PASSWORD}

    refused = await world.post("register", body | {"handle": "eve"})
    assert refused.json()["errors"][0]["pointer"] == "/handle"
    assert refused.json()["errors"][0]["code"] == "unique_at_sign_up"
    await world.post("register", body)
    token = await world.token(body["email"], "verify_email")
    await world.post("verify", {"token": token})
    user = await world.log_in(body["email"])
    assert (await user.ask("PATCH", "me", {"handle": "eve"})).json()["handle"] == "eve"
    taken = await user.ask("PATCH", "me", {"handle": "ada"})
    assert (taken.status_code, taken.json()["code"]) == (409, "unique_conflict")
    assert other.email not in taken.text


async def test_a_profile_points_to_what_its_user_sees(world: World, teams: dict[str, str]) -> None:
    user = await world.sign_up(team=teams["open"])
    assert (await user.ask("GET", "me")).json()["team_id"] == teams["open"]

    refused = []
    for name in ("hidden", "none"):
        profile = {"team": teams[name]}
        body = {"email": new_email(), "password": PASSWORD} | profile
        refused.append(
            (
                told(await world.post("register", body), teams[name]),
                told(await user.ask("PATCH", "me", profile), teams[name]),
            )
        )
    assert refused[0] == refused[1]
    assert [status for status, _ in refused[0]] == [422, 422]
    assert '"code":"relation_not_found"' in refused[0][0][1].replace(" ", "")
    assert (await user.ask("PATCH", "me", {"team": None})).json()["team_id"] is None
