"""What voids an invitation, and a change of address that is under way."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from app.core.db import Database
from tests.features.users.app_users import OTHER_PASSWORD, PASSWORD, AppUser, World, new_email


async def invite(world: World, **more: str) -> tuple[str, str]:
    """Make a user who chooses their password themselves: the id and the address."""
    email = new_email()
    body = {"email": email, "invite": True, **more}
    made = await world.admin.client.post(world.users, json=body)
    assert made.status_code == 201, made.text
    return made.json()["id"], email


async def by_code(world: World, email: str) -> AppUser:
    await world.post("otp", {"email": email})
    body = {"email": email, "code": await world.code(email)}
    return world.user(await world.post("otp/verify", body))


async def accept(world: World, token: str) -> httpx.Response:
    body = {"token": token, "password": OTHER_PASSWORD}
    return await world.post("invitations/accept", body)


async def pending(world: World) -> list[str]:
    answer = await world.admin.client.get(f"{world.users}/invitations")
    return [each["user_id"] for each in answer.json()["data"]]


async def test_an_invitation_is_void_once_a_password_was_set_in_another_way(world: World) -> None:
    user_id, email = await invite(world)
    invitation = await world.token(email, "invitation")
    assert await pending(world) == [user_id]
    await world.post("password/forgot", {"email": email})
    reset = {"token": await world.token(email, "reset_password"), "password": PASSWORD}
    assert (await world.post("password/reset", reset)).status_code == 204

    refused = await accept(world, invitation)

    assert (refused.status_code, refused.json()["code"]) == (401, "auth_token_invalid")
    assert await pending(world) == []
    assert await (await world.log_in(email)).is_in()


async def test_one_accepted_invitation_voids_the_others(world: World) -> None:
    user_id, email = await invite(world)
    first = await world.token(email, "invitation")
    await world.admin.client.post(f"{world.users}/{user_id}/invitation")
    second = await world.token(email, "invitation")
    user = world.user(await accept(world, first))
    change = {"current_password": OTHER_PASSWORD, "new_password": PASSWORD}
    assert (await user.ask("POST", "password/change", change)).status_code == 200

    assert (await accept(world, second)).status_code == 401


async def test_an_invitation_sets_no_password_where_there_is_one(
    world: World, database: Database
) -> None:
    user_id, email = await invite(world)
    invitation = await world.token(email, "invitation")
    await database.owner.execute(
        f"INSERT INTO p_{world.project.id.hex}._credentials (account_id, password_hash)"
        " VALUES ($1, 'x')",
        UUID(user_id),
    )

    assert (await accept(world, invitation)).status_code == 401


async def test_nobody_who_has_a_password_is_mailed_an_invitation(world: World) -> None:
    user = await world.verified()
    await world.mail(user.email, "verify_email")

    sent = await world.admin.client.post(f"{world.users}/{user.id}/invitation")
    await world.post("magic-link", {"email": user.email})
    await world.mail(user.email, "magic_link")  # queued last, sent last or nearly so
    await asyncio.sleep(0.2)

    assert sent.status_code == 202
    assert "invitation" not in {mail["kind"] for mail in await world.mails(user.email)}


async def test_who_has_no_password_asks_for_another_address_soon_after_signing_in(
    world: World, database: Database
) -> None:
    _, email = await invite(world)
    user, new = await by_code(world, email), new_email()
    move = f"UPDATE p_{world.project.id.hex}._sessions SET created_at = created_at + $1::interval"

    await database.owner.execute(move, timedelta(minutes=-11))
    refused = await user.ask("POST", "email/change", {"email": new})
    assert (refused.status_code, refused.json()["code"]) == (403, "auth_session_too_old")
    await database.owner.execute(move, timedelta(minutes=11))
    assert (await user.ask("POST", "email/change", {"email": new})).status_code == 202

    confirmed = await world.post(
        "email/change/confirm", {"token": await world.token(new, "email_change")}
    )
    assert confirmed.json()["email"] == new


async def _logs_out(user: AppUser) -> None:
    await user.ask("POST", "logout")


async def _logs_out_everywhere(user: AppUser) -> None:
    other = await by_code(user.world, user.email)
    assert (await other.ask("POST", "logout-all")).status_code == 204


async def _ends_that_session(user: AppUser) -> None:
    session = (await user.ask("GET", "sessions")).json()["data"][0]["id"]
    other = await by_code(user.world, user.email)
    assert (await other.ask("DELETE", f"sessions/{session}")).status_code == 204


async def _is_signed_out_by_a_member(user: AppUser) -> None:
    sessions = f"{user.world.users}/{user.id}/sessions"
    assert (await user.world.admin.client.delete(sessions)).status_code == 204


async def _was_suspended_for_a_while(user: AppUser) -> None:
    for status in ("suspended", "active"):
        assert (await user.world.change(user.id, status=status)).status_code == 200


@pytest.mark.parametrize(
    "ending",
    [
        _logs_out,
        _logs_out_everywhere,
        _ends_that_session,
        _is_signed_out_by_a_member,
        _was_suspended_for_a_while,
    ],
)
async def test_a_change_of_address_ends_with_the_session_that_asked(
    world: World, ending: Callable[[AppUser], Awaitable[None]]
) -> None:
    _, email = await invite(world)
    user, new = await by_code(world, email), new_email()
    assert (await user.ask("POST", "email/change", {"email": new})).status_code == 202
    token = await world.token(new, "email_change")

    await ending(user)
    refused = await world.post("email/change/confirm", {"token": token})

    assert (refused.status_code, refused.json()["code"]) == (401, "auth_token_invalid")
    assert (await by_code(world, email)).email == email


async def test_a_session_that_ends_leaves_anothers_change_of_address_alone(world: World) -> None:
    _, email = await invite(world)
    user, new = await by_code(world, email), new_email()
    other = await by_code(world, email)
    await user.ask("POST", "email/change", {"email": new})
    token = await world.token(new, "email_change")

    await other.ask("POST", "logout")

    assert (await world.post("email/change/confirm", {"token": token})).status_code == 200
