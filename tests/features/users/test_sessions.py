"""Sessions of app users: rotation, copies, ends; and tokens that are good in one place only."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.config import Settings
from app.core.db import Database
from app.core.ids import project_schema
from app.engine.identity.credentials import ACCESS, CONSOLE, MFA, REFRESH
from app.engine.identity.realms import project_audience
from app.engine.identity.tokens import Tokens
from tests.conftest import Admin, TestProject
from tests.features.users.app_users import OTHER_PASSWORD, PASSWORD, AppUser, World, new_email
from tests.waiting import until


async def test_a_refresh_token_gives_a_new_pair(world: World) -> None:
    user = await world.sign_up()

    fresh = world.user(await user.refresh())

    assert fresh.id == user.id
    assert fresh.tokens["refresh_token"] != user.tokens["refresh_token"]
    assert await fresh.is_in()


async def test_a_client_that_raced_itself_is_not_logged_out(world: World) -> None:
    user = await world.sign_up()

    answers = await asyncio.gather(*(user.refresh() for _ in range(10)))

    assert {answer.status_code for answer in answers} == {200}
    assert (await user.refresh(answers[-1].json()["refresh_token"])).status_code == 200


async def test_a_token_used_again_after_the_grace_ends_the_whole_session(
    world: World, database: Database
) -> None:
    user = await world.sign_up()
    fresh = world.user(await user.refresh())
    schema = project_schema(world.project.id)
    await database.owner.execute(
        f"UPDATE {schema}._sessions SET rotated_at = rotated_at - interval '11 s'"
    )

    reused = await user.refresh()

    assert (reused.status_code, reused.json()["code"]) == (401, "auth_token_invalid")
    assert await fresh.is_out()


async def test_a_token_two_generations_old_has_no_grace(world: World) -> None:
    user = await world.sign_up()
    second = world.user(await user.refresh())
    third = world.user(await second.refresh())

    assert (await user.refresh()).status_code == 401
    assert await third.is_out()


async def test_logout_ends_one_session_and_logout_all_every_one(world: World) -> None:
    one = await world.sign_up()
    two, three = await world.log_in(one.email), await world.log_in(one.email)

    assert (await one.ask("POST", "logout")).status_code == 204
    assert await one.is_out()
    assert await two.is_in()
    assert (await two.ask("POST", "logout-all")).status_code == 204
    assert await two.is_out()
    assert await three.is_out()


async def test_sessions_are_listed_and_ended_one_by_one(world: World) -> None:
    one = await world.sign_up()
    two, other = await world.log_in(one.email), await world.sign_up()

    listed = (await two.ask("GET", "sessions")).json()["data"]
    assert [each["current"] for each in listed] == [True, False]
    assert not {"generation", "account_id"} & listed[0].keys()
    foreign = await other.ask("DELETE", f"sessions/{listed[1]['id']}")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "session_not_found")
    assert (await two.ask("DELETE", f"sessions/{listed[1]['id']}")).status_code == 204
    assert await one.is_out()
    assert await two.is_in()
    assert (await two.ask("DELETE", f"sessions/{listed[1]['id']}")).status_code == 404


async def test_a_changed_password_ends_every_other_session(world: World) -> None:
    one = await world.sign_up()
    two = await world.log_in(one.email)
    change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}

    fresh = world.user(await one.ask("POST", "password/change", change))

    assert await one.is_out()
    assert await two.is_out()
    assert await fresh.is_in()
    assert (await world.post("login", {"email": one.email, "password": PASSWORD})).is_error
    assert await (await world.log_in(one.email, OTHER_PASSWORD)).is_in()
    await world.mail(one.email, "password_changed")


async def test_a_password_is_changed_by_whoever_knows_it(world: World) -> None:
    user = await world.sign_up()
    change = {"current_password": "wrong", "new_password": OTHER_PASSWORD}

    answer = await user.ask("POST", "password/change", change)

    assert (answer.status_code, answer.json()["code"]) == (422, "auth_password_wrong")
    assert await user.is_in()


async def test_a_suspended_user_is_out_and_in_again_when_active(world: World) -> None:
    user = await world.sign_up()

    assert (await world.change(user.id, status="suspended")).json()["status"] == "suspended"

    assert await user.is_out()
    assert (await world.post("login", {"email": user.email, "password": PASSWORD})).is_error
    await world.change(user.id, status="active")
    assert await user.is_out()
    assert await (await world.log_in(user.email)).is_in()


async def test_a_member_ends_all_sessions_of_a_user(world: World) -> None:
    user = await world.sign_up()
    url = f"{world.users}/{user.id}/sessions"

    assert len((await world.admin.client.get(url)).json()["data"]) == 1
    assert (await world.admin.client.delete(url)).status_code == 204

    assert await user.is_out()
    assert (await world.admin.client.get(url)).json()["data"] == []


async def test_a_deleted_user_is_out_and_their_address_is_free(
    world: World, database: Database
) -> None:
    user, other = await world.sign_up(), await world.sign_up()

    assert (await user.ask("DELETE", "me", {"password": PASSWORD})).status_code == 204
    assert (await world.admin.client.delete(f"{world.users}/{other.id}")).status_code == 204

    assert await user.is_out()
    assert await other.is_out()
    schema = project_schema(world.project.id)
    for table in ("_credentials", "_sessions", "users"):
        assert await database.owner.fetchval(f"SELECT count(*) FROM {schema}.{table}") == 0
    actors = await database.owner.fetch(
        f"SELECT actor FROM {schema}._changes WHERE action = 'deleted' ORDER BY n"
    )
    owner = f"admin_user:{world.admin.user['id']}"
    assert [row["actor"] for row in actors] == [f"app_user:{user.id}", owner]
    assert (await world.sign_up(user.email)).id != user.id


async def test_the_data_routes_know_the_user_until_the_session_ends(world: World) -> None:
    user = await world.sign_up()
    url = f"{world.project.url}/data/users"

    seen = await world.anyone.get(url, headers=user.headers)
    assert seen.status_code in (200, 404)  # as the policies say, and there are none
    await user.ask("POST", "logout")

    seen = await until_refused(partial(world.anyone.get, url, headers=user.headers), 401)
    assert seen.json()["code"] == "auth_token_invalid"


async def test_tokens_are_good_for_one_thing_in_one_place(
    world: World, admin: Admin, settings: Settings
) -> None:
    user = await world.sign_up()
    other = await _another_project(admin, world)
    signed = _signer(settings, user, world.project)
    wrong_access = [
        user.tokens["refresh_token"],
        signed(MFA),
        signed("verify_email"),
        signed(ACCESS, audience=CONSOLE),
        signed(ACCESS, audience=project_audience(str(other.id))),
        signed(ACCESS, audience=f"{project_audience(str(world.project.id))}/"),
        signed(ACCESS, audience="backendify:project:"),
        signed(ACCESS, audience=""),
        signed(ACCESS, sid=str(uuid4())),
        admin.headers["Authorization"].removeprefix("Bearer "),
    ]
    for token in wrong_access:
        headers = {"Authorization": f"Bearer {token}"}
        for url in (f"{world.auth}/me", f"{world.auth}/sessions"):
            answer = await world.anyone.get(url, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "auth_token_invalid")
    for token in (user.tokens["access_token"], signed(REFRESH), signed(REFRESH, gen=True)):
        assert (await world.post("refresh", {"refresh_token": token})).status_code == 401
    assert await user.is_in()


async def test_a_users_token_is_none_in_another_project_or_at_the_console(
    world: World, admin: Admin
) -> None:
    user = await world.sign_up()
    other = await _another_project(admin, world)
    answers = [
        await world.anyone.get(url, headers=user.headers)
        for url in (
            f"{other.url}/auth/me",
            f"{other.url}/data/users",
            "/api/projects/no-such-project/data/users",
            "/api/auth/me",
            world.project.url,
            world.users,
            "/api/projects",
        )
    ]
    answers.append(
        await world.anyone.post(
            f"{other.url}/auth/refresh", json={"refresh_token": user.tokens["refresh_token"]}
        )
    )
    answers.append(
        await world.anyone.post(
            "/api/auth/refresh", json={"refresh_token": user.tokens["refresh_token"]}
        )
    )
    assert {(a.status_code, a.json()["code"]) for a in answers} == {(401, "auth_token_invalid")}
    login = {"email": user.email, "password": PASSWORD}
    elsewhere = await world.anyone.post(f"{other.url}/auth/login", json=login)
    assert elsewhere.json()["code"] == "auth_credentials_invalid"
    assert (await world.anyone.post("/api/auth/login", json=login)).status_code == 401


@pytest.mark.parametrize("path", ["me", "sessions"])
async def test_without_credentials_it_is_401(world: World, path: str) -> None:
    answer = await world.anyone.get(f"{world.auth}/{path}")

    assert (answer.status_code, answer.json()["code"]) == (401, "auth_required")


async def until_refused(
    ask: Callable[[], Awaitable[httpx.Response]], status: int
) -> httpx.Response:
    """Its answer of that status, once what ends the right to ask has been heard of."""

    async def refused() -> httpx.Response | None:
        answer = await ask()
        return answer if answer.status_code == status else None

    found: httpx.Response = await until(refused)
    return found


async def test_an_archived_project_signs_nobody_in(world: World) -> None:
    user = await world.sign_up()
    await world.admin.client.post(f"{world.project.url}/archive")

    body = {"email": user.email, "password": PASSWORD}
    login = await until_refused(partial(world.post, "login", body), 404)
    assert login.json()["code"] == "project_not_found"
    assert (await user.ask("GET", "me")).json()["code"] == "project_archived"


async def test_the_projects_own_lifetimes_hold(world: World, settings: Settings) -> None:
    await world.settings(access_token_minutes=5, refresh_token_days=30)

    user = await world.sign_up()

    assert user.tokens["expires_in"] == 300
    claims = Tokens(settings.jwt_secret).verify(
        user.tokens["refresh_token"],
        kind=REFRESH,
        audience=project_audience(str(world.project.id)),
    )
    assert claims.expires_at - claims.values["iat"] == 30 * 86_400


async def test_no_answer_holds_anything_secret(world: World) -> None:
    user = await world.sign_up()
    url = f"{world.project.url}/data/users?fields=*"
    seen = [
        (await user.ask("GET", "me")).text,
        (await user.ask("GET", "sessions")).text,
        (await world.admin.client.get(world.users)).text,
        (await world.admin.client.get(f"{world.users}/{user.id}")).text,
        (await world.admin.client.get(f"{world.users}/{user.id}/sessions")).text,
        (await world.admin.client.get(f"{world.project.url}/data/users/export")).text,
        (await world.admin.client.get(f"{world.project.url}/changes")).text,
        (await world.admin.client.get(url)).text,
    ]
    for text in seen:
        for word in ("argon2", "password", "totp", "recovery", 'hash"', "generation"):
            assert word not in text


async def test_what_decides_about_signing_in_is_not_changed_as_data(world: World) -> None:
    user = await world.sign_up()
    url = f"{world.project.url}/data/users"

    for change in (
        {"email": new_email()},
        {"email_verified": True},
        {"status": "suspended"},
        {"roles": ["admin"]},
        {"roles": {"$append": "admin"}},
        {"last_login_at": "2020-01-01T00:00:00Z"},
    ):
        for answer in (
            await world.admin.client.patch(f"{url}/{user.id}", json=change),
            await world.admin.client.put(f"{url}/{user.id}", json=change),
            await world.admin.client.patch(
                url, params={"email": user.email}, json=change, headers={"Prefer": "max-affected=9"}
            ),
            await world.admin.client.post(url, json=change),
        ):
            assert answer.status_code == 422, answer.text
    assert await user.is_in()


async def _another_project(admin: Admin, world: World) -> TestProject:
    slug = f"p-{uuid4().hex[:12]}"
    made = await admin.client.post("/api/projects", json={"name": slug, "slug": slug})
    del world
    return TestProject(UUID(made.json()["id"]), slug)


def _signer(settings: Settings, user: AppUser, project: TestProject) -> Any:
    """Tokens of our own key that say something else than an access token of this user's."""
    tokens = Tokens(settings.jwt_secret)
    audience = project_audience(str(project.id))
    sid = tokens.verify(user.tokens["access_token"], kind=ACCESS, audience=audience).values["sid"]

    def sign(kind: str, **claims: Any) -> str:
        said = {"audience": audience, "sid": sid} | claims
        return tokens.issue(kind, subject=user.uuid, seconds=60, **said)

    return sign
