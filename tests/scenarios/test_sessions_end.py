"""What ends sessions ends all of them, by every way there is to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.features.users.app_users import OTHER_PASSWORD, PASSWORD, AppUser, World, new_email
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def world(admin: Admin, project: TestProject, client: httpx.AsyncClient) -> World:
    return World(admin, project, client)


async def change_password(_world: World, user: AppUser) -> None:
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    _done(await user.ask("POST", "password/change", body))


async def forget_and_reset(world: World, user: AppUser) -> None:
    await world.post("password/forgot", {"email": user.email})
    token = await world.token(user.email, "reset_password")
    _done(await world.post("password/reset", {"token": token, "password": OTHER_PASSWORD}))


async def reset_by_member(world: World, user: AppUser) -> None:
    await world.admin.client.post(f"{world.users}/{user.id}/password-reset")
    token = await world.token(user.email, "reset_password")
    _done(await world.post("password/reset", {"token": token, "password": OTHER_PASSWORD}))


async def change_address(world: World, user: AppUser) -> None:
    new = new_email()
    await user.ask("POST", "email/change", {"email": new, "current_password": PASSWORD})
    token = await world.token(new, "email_change")
    _done(await world.post("email/change/confirm", {"token": token}))


async def change_address_by_member(world: World, user: AppUser) -> None:
    _done(await world.change(user.id, email=new_email()))


async def suspend(world: World, user: AppUser) -> None:
    _done(await world.change(user.id, status="suspended"))


async def end_by_member(world: World, user: AppUser) -> None:
    _done(await world.admin.client.delete(f"{world.users}/{user.id}/sessions"))


async def delete_by_member(world: World, user: AppUser) -> None:
    _done(await world.admin.client.delete(f"{world.users}/{user.id}"))


async def delete_oneself(_world: World, user: AppUser) -> None:
    _done(await user.ask("DELETE", "me", {"password": PASSWORD}))


async def log_out_everywhere(_world: World, user: AppUser) -> None:
    _done(await user.ask("POST", "logout-all"))


Way = Callable[[World, AppUser], Awaitable[None]]
WAYS: tuple[Way, ...] = (
    change_password, forget_and_reset, reset_by_member, change_address, change_address_by_member,
    suspend, end_by_member, delete_by_member, delete_oneself, log_out_everywhere,
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_of_three_sessions_none_outlives_it(world: World, way: Way) -> None:
    """Nor does one who refreshed just before, nor the data routes, which hold callers."""
    first = await world.sign_up()
    second, third = [await world.log_in(first.email) for _ in range(2)]
    stale = AppUser(world, third.tokens)
    renewed = world.user(await third.refresh())
    data = f"{world.project.url}/data/users"
    for user in (first, second, renewed):
        assert (await world.anyone.get(data, headers=user.headers)).status_code == 200

    await way(world, first)

    for user in (first, second, renewed):
        await _shut_out(user, data)
    for user in (first, second, renewed, stale):
        assert await user.is_out(), way.__name__


async def test_who_is_suspended_and_back_has_no_session_left(world: World) -> None:
    user = await world.sign_up()
    await world.change(user.id, status="suspended")
    await world.change(user.id, status="active")

    assert await user.is_out()
    assert await (await world.log_in(user.email)).is_in()


async def _shut_out(user: AppUser, data: str) -> None:
    """Wait until the data routes know: within five seconds, at once where notifications arrive."""
    for _ in range(round(PATIENCE_SECONDS / 0.02)):
        if (await user.world.anyone.get(data, headers=user.headers)).status_code == 401:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("The data routes still know the caller.")


def _done(answer: Any) -> None:
    assert answer.is_success, answer.text
