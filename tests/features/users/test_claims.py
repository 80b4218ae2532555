"""Who owns an account whose address was proved by a link alone: its maker, or the mail's reader.

The maker signed up with somebody else's address; the reader followed the link in the mail.
"""

from typing import Any

import httpx
import pytest

from tests.features.users.app_users import OTHER_PASSWORD, PASSWORD, AppUser, World, new_email


async def verify(world: World, maker: AppUser, by: AppUser | None = None) -> httpx.Response:
    token = await world.token(maker.email, "verify_email")
    headers = by.headers if by else {}
    return await world.anyone.post(f"{world.auth}/verify", json={"token": token}, headers=headers)


async def come_by_code(world: World, email: str) -> AppUser:
    await world.post("otp", {"email": email})
    code = await world.code(email)
    return world.user(await world.post("otp/verify", {"email": email, "code": code}))


async def come_by_link(world: World, email: str) -> AppUser:
    await world.post("magic-link", {"email": email})
    token = await world.token(email, "magic_link")
    return world.user(await world.post("magic-link/verify", {"token": token}))


async def come_by_reset(world: World, email: str) -> AppUser:
    await world.post("password/forgot", {"email": email})
    token = await world.token(email, "reset_password")
    await world.post("password/reset", {"token": token, "password": OTHER_PASSWORD})
    return await world.log_in(email, OTHER_PASSWORD)


async def test_the_link_alone_leaves_its_maker_signed_in_and_the_password_good(
    world: World,
) -> None:
    maker = await world.sign_up()

    assert (await verify(world, maker)).json()["email_verified"] is True

    assert await maker.is_in()
    assert await (await world.log_in(maker.email)).is_in()


@pytest.mark.parametrize("come", [come_by_code, come_by_link, come_by_reset])
async def test_whoever_reads_the_mails_has_the_account_to_themselves(
    world: World, come: Any
) -> None:
    maker = await world.sign_up()
    assert (await verify(world, maker)).is_success

    owner = await come(world, maker.email)

    assert owner.id == maker.id
    assert await maker.is_out()
    again = await world.post("login", {"email": maker.email, "password": PASSWORD})
    assert again.status_code == 401
    assert await owner.is_in()


@pytest.mark.parametrize("come", [come_by_code, come_by_link])
async def test_who_is_signed_in_where_the_link_is_opened_keeps_everything(
    world: World, come: Any
) -> None:
    maker = await world.sign_up()
    assert (await verify(world, maker, by=maker)).is_success

    await come(world, maker.email)

    assert await maker.is_in()
    assert await (await world.log_in(maker.email)).is_in()


@pytest.mark.parametrize("who", ["another", "ended", "nobody"])
async def test_another_or_an_ended_session_is_as_good_as_none(world: World, who: str) -> None:
    maker, other = await world.sign_up(), await world.sign_up()
    by = maker if who == "ended" else other
    if who == "ended":
        await maker.ask("POST", "logout")
    if who == "nobody":
        by.tokens = by.tokens | {"access_token": "x"}
    assert (await verify(world, maker, by=by)).is_success

    await come_by_code(world, maker.email)

    again = await world.post("login", {"email": maker.email, "password": PASSWORD})
    assert again.status_code == 401


async def test_a_claim_is_taken_once(world: World) -> None:
    maker = await world.sign_up()
    await verify(world, maker)
    owner = await come_by_reset(world, maker.email)

    await come_by_code(world, maker.email)

    assert await owner.is_in()
    assert await (await world.log_in(maker.email, OTHER_PASSWORD)).is_in()


async def test_an_address_that_was_changed_by_a_link_alone_is_its_readers_too(
    world: World,
) -> None:
    user, email = await world.sign_up(), new_email()
    await user.ask("POST", "email/change", {"email": email, "current_password": PASSWORD})
    token = await world.token(email, "email_change")
    assert (await world.post("email/change/confirm", {"token": token})).is_success
    maker = await world.log_in(email)

    await come_by_code(world, email)

    assert await maker.is_out()


async def test_who_confirms_their_new_address_signed_in_keeps_their_password(
    world: World,
) -> None:
    user, email = await world.sign_up(), new_email()
    await user.ask("POST", "email/change", {"email": email, "current_password": PASSWORD})
    token = await world.token(email, "email_change")
    assert (await user.ask("POST", "email/change/confirm", {"token": token})).is_success

    await come_by_code(world, email)

    assert await (await world.log_in(email)).is_in()
