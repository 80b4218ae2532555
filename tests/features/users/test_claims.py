"""Who owns an account whose address was proved by a link alone: its maker, or the mail's reader.

The maker signed up with somebody else's address; the reader followed the link in the mail.
"""

import time
from typing import Any

import httpx
import pyotp
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


@pytest.mark.parametrize("state", ["nobody proved", "claimed"])
async def test_no_factor_is_set_up_that_the_mailbox_could_drop(world: World, state: str) -> None:
    await world.settings(passkey_origins=["https://app.example.com"])
    maker = await world.sign_up()
    if state == "claimed":
        assert (await verify(world, maker)).is_success
    again = await world.log_in(maker.email)
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    changed = world.user(await again.ask("POST", "password/change", body))

    asked: list[tuple[str, Any]] = [("mfa", {"type": "totp"}), ("passkeys/register/options", None)]
    for path, body in asked:
        answer = await changed.ask("POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "auth_email_unproved")
        assert "auth/email/prove" in answer.json()["hint"]


@pytest.mark.parametrize("state", ["nobody proved", "claimed"])
async def test_who_proves_the_address_signed_in_keeps_their_factors(
    world: World, state: str
) -> None:
    user = await world.sign_up()
    if state == "claimed":
        assert (await verify(world, user)).is_success
    assert (await prove(world, user)).json()["email_verified"] is True
    secret = await enrol(user)

    await world.post("otp", {"email": user.email})
    code = await world.code(user.email)
    owed = await world.post("otp/verify", {"email": user.email, "code": code})
    assert owed.json().keys() == {"mfa_required", "mfa_token"}
    await world.post("password/forgot", {"email": user.email})
    token = await world.token(user.email, "reset_password")
    await world.post("password/reset", {"token": token, "password": OTHER_PASSWORD})
    owed = await world.post("login", {"email": user.email, "password": OTHER_PASSWORD})
    assert owed.json().keys() == {"mfa_required", "mfa_token"}
    later = pyotp.TOTP(secret).at(time.time() + 30)
    body = {"mfa_token": owed.json()["mfa_token"], "code": later}
    assert (await world.post("mfa/verify", body)).status_code == 200


async def test_a_link_that_is_left_over_leaves_no_claim_on_a_settled_account(world: World) -> None:
    user = await world.sign_up()
    await prove(world, user)
    await enrol(user)

    assert (await verify(world, user)).is_success

    await world.post("otp", {"email": user.email})
    code = await world.code(user.email)
    owed = await world.post("otp/verify", {"email": user.email, "code": code})
    assert owed.json().keys() == {"mfa_required", "mfa_token"}


async def test_a_code_proves_the_address_of_the_account_that_asked(world: World) -> None:
    user, other = await world.sign_up(), await world.sign_up()
    assert (await user.ask("POST", "email/prove")).status_code == 202
    code = await world.code(user.email, "email_proof")
    wrong = {"code": f"{(int(code) + 1) % 1_000_000:06}"}

    path = "email/prove/confirm"
    assert (await other.ask("POST", path, {"code": code})).status_code == 401
    assert (await user.ask("POST", path, wrong)).status_code == 401
    assert (await world.post(path, {"code": code})).status_code == 401
    signed = await world.post("otp/verify", {"email": user.email, "code": code})
    assert signed.status_code == 401, "it is no code to sign in with"
    assert (await user.ask("POST", path, {"code": code})).status_code == 200
    assert (await user.ask("POST", path, {"code": code})).status_code == 401


async def test_an_anonymous_user_has_no_address_to_prove(world: World) -> None:
    await world.settings(allow_anonymous=True)
    user = world.user(await world.post("anonymous"))

    for path, body in (("email/prove", None), ("email/prove/confirm", {"code": "123456"})):
        answer = await user.ask("POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "auth_email_missing")


async def test_what_became_of_the_address_counts_when_the_factor_is_to_be_in_force(
    world: World,
) -> None:
    user = await world.verified()
    begun = (await user.ask("POST", "mfa", {"type": "totp"})).json()
    await world.change(user.id, email_verified=False)

    body = {"code": pyotp.TOTP(begun["secret"]).now()}
    answer = await user.ask("POST", "mfa/confirm", body)

    assert (answer.status_code, answer.json()["code"]) == (403, "auth_email_unproved")
    assert (await user.ask("GET", "mfa")).json()["enabled"] is False


async def test_no_link_alone_gives_an_account_with_a_factor_another_address(world: World) -> None:
    user, email = await world.verified(), new_email()
    await enrol(user)
    await user.ask("POST", "email/change", {"email": email, "current_password": PASSWORD})
    body = {"token": await world.token(email, "email_change")}

    alone = await world.post("email/change/confirm", body)
    assert (alone.status_code, alone.json()["code"]) == (403, "auth_sign_in_to_confirm")
    signed_in = await user.ask("POST", "email/change/confirm", body)
    assert signed_in.json()["email"] == email

    await world.post("otp", {"email": email})
    owed = await world.post("otp/verify", {"email": email, "code": await world.code(email)})
    assert owed.json().keys() == {"mfa_required", "mfa_token"}


async def test_an_anonymous_user_with_a_factor_proves_the_address_they_upgrade_to(
    world: World,
) -> None:
    await world.settings(allow_anonymous=True)
    user, email = world.user(await world.post("anonymous")), new_email()
    await enrol(user)

    answer = await user.ask("POST", "upgrade", {"email": email, "password": PASSWORD})

    assert answer.json()["verification_required"] is True
    body = {"token": await world.token(email, "email_change")}
    assert (await world.post("email/change/confirm", body)).status_code == 403
    assert (await user.ask("POST", "email/change/confirm", body)).json()["email"] == email
    assert (await user.ask("GET", "me")).status_code == 401, "a new address ends every session"
    owed = await world.post("login", {"email": email, "password": PASSWORD})
    assert owed.json().keys() == {"mfa_required", "mfa_token"}


async def prove(world: World, user: AppUser) -> httpx.Response:
    assert (await user.ask("POST", "email/prove")).status_code == 202
    code = await world.code(user.email, "email_proof")
    return await user.ask("POST", "email/prove/confirm", {"code": code})


async def enrol(user: AppUser) -> str:
    """Put a second factor in force; its secret."""
    begun = await user.ask("POST", "mfa", {"type": "totp"})
    assert begun.status_code == 201, begun.text
    secret = str(begun.json()["secret"])
    body = {"code": pyotp.TOTP(secret).now()}
    assert (await user.ask("POST", "mfa/confirm", body)).status_code == 204
    return secret
