"""What happens between a proof and the transaction it is for: held there, never by waiting."""

from collections.abc import Awaitable, Callable
from typing import Any

import pyotp
import pytest

from app.core.db import Database
from app.core.ids import project_schema
from app.core.mail import MailRequest
from app.engine.identity.passwords import Passwords
from app.features.accounts.service import factors, passkeys, totp
from app.features.users.service import account, mails
from tests.authenticator import Authenticator
from tests.features.users.app_users import OTHER_PASSWORD, PASSWORD, AppUser, World, new_email

Meanwhile = Callable[[], Awaitable[None]]


def after(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, meanwhile: Meanwhile) -> None:
    """Have ``meanwhile`` happen once, right after the first call of ``owner.name``."""
    original, waiting = getattr(owner, name), [meanwhile]

    async def called(*args: Any, **given: Any) -> Any:
        answer = await original(*args, **given)
        if waiting:
            await waiting.pop()()
        return answer

    monkeypatch.setattr(owner, name, called)


async def change_password(user: AppUser) -> None:
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert (await user.ask("POST", "password/change", body)).status_code == 200


async def reset_token(world: World, user: AppUser) -> str:
    await world.post("password/forgot", {"email": user.email})
    return await world.token(user.email, "reset_password")


async def test_a_login_with_a_password_that_is_changed_meanwhile_gets_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await world.sign_up()
    after(monkeypatch, Passwords, "verify", lambda: change_password(user))

    answer = await world.post("login", {"email": user.email, "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (401, "auth_credentials_invalid")


async def test_a_login_to_an_account_that_is_taken_over_meanwhile_gets_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await world.sign_up()
    await world.post("otp", {"email": user.email})
    code = await world.code(user.email)

    async def take_over() -> None:
        owner = await world.post("otp/verify", {"email": user.email, "code": code})
        assert owner.status_code == 200

    after(monkeypatch, Passwords, "verify", take_over)

    answer = await world.post("login", {"email": user.email, "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (401, "auth_credentials_invalid")


async def test_a_login_while_another_hashes_the_password_anew_succeeds(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await world.sign_up()
    rehashed = await Passwords().hash(PASSWORD)
    table = f"{project_schema(world.project.id)}._credentials"

    async def rehash() -> None:
        await database.owner.execute(
            f"UPDATE {table} SET password_hash = $2 WHERE account_id = $1", user.uuid, rehashed
        )

    after(monkeypatch, Passwords, "verify", rehash)

    assert (await world.log_in(user.email)).id == user.id


async def test_an_outdated_hash_is_replaced_by_a_login(world: World, database: Database) -> None:
    from passlib.hash import argon2

    user = await world.sign_up()
    weak = argon2.using(type="ID", memory_cost=8_192, time_cost=1, parallelism=1).hash(PASSWORD)
    table = f"{project_schema(world.project.id)}._credentials"
    await database.owner.execute(
        f"UPDATE {table} SET password_hash = $2 WHERE account_id = $1", user.uuid, weak
    )

    await world.log_in(user.email)

    query = f"SELECT password_hash FROM {table} WHERE account_id = $1"
    kept = await database.owner.fetchval(query, user.uuid)
    assert "m=19456,t=2" in kept
    assert (await world.log_in(user.email)).id == user.id


async def test_a_second_factor_of_an_account_whose_password_changes_meanwhile_opens_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await world.verified()
    begun = (await user.ask("POST", "mfa", {"type": "totp"})).json()
    code = pyotp.TOTP(begun["secret"]).now()
    assert (await user.ask("POST", "mfa/confirm", {"code": code})).status_code == 204
    login = {"email": user.email, "password": PASSWORD}
    owed = (await world.post("login", login)).json()["mfa_token"]
    after(monkeypatch, totp, "use_code", lambda: change_password(user))

    body = {"mfa_token": owed, "code": begun["recovery_codes"][0]}
    answer = await world.post("mfa/verify", body)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth_token_invalid")


async def test_a_passkey_that_is_removed_meanwhile_opens_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, authenticator = await with_passkey(world)
    held = (await user.ask("GET", "passkeys")).json()["data"][0]["id"]

    async def remove() -> None:
        assert (await user.ask("DELETE", f"passkeys/{held}")).status_code == 204

    options = (await world.post("passkeys/login/options")).json()["public_key"]
    after(monkeypatch, factors, "verify_passkey", remove)
    body = {"credential": authenticator.get(options)}
    answer = await world.post("passkeys/login/verify", body)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth_token_invalid")


async def test_who_is_shut_out_meanwhile_leaves_no_passkey_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, authenticator = await with_passkey(world)
    options = (await user.ask("POST", "passkeys/register/options")).json()["public_key"]
    other = Authenticator(authenticator.origin)

    async def shut_out() -> None:
        assert (await user.ask("POST", "logout-all")).status_code == 204

    after(monkeypatch, passkeys, "check_registration", shut_out)
    body = {"credential": other.create(options), "name": "left behind"}
    answer = await user.ask("POST", "passkeys/register/verify", body)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth_token_invalid")
    again = await world.log_in(user.email)
    assert len((await again.ask("GET", "passkeys")).json()["data"]) == 1


async def test_who_is_shut_out_meanwhile_sets_no_password(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await world.sign_up()
    token = await reset_token(world, user)

    async def reset() -> None:
        body = {"token": token, "password": OTHER_PASSWORD}
        assert (await world.post("password/reset", body)).status_code == 204

    after(monkeypatch, account, "check_new_password", reset)
    body = {"current_password": PASSWORD, "new_password": "a third battery staple"}
    answer = await user.ask("POST", "password/change", body)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth_token_invalid")
    assert await (await world.log_in(user.email, OTHER_PASSWORD)).is_in()


@pytest.mark.parametrize("ending", ["logout-all", "password/change"])
async def test_a_change_of_address_asked_for_by_an_ended_session_is_not_mailed(
    world: World, app: Any, ending: str
) -> None:
    user, email = await world.sign_up(), new_email()
    session = (await user.ask("GET", "sessions")).json()["data"][0]["id"]
    data = {"account_id": user.id, "session_id": session}
    request = MailRequest(mails.EMAIL_CHANGE, email, world.project.id, data=data)
    services = app.services
    assert await mails.prepare_email_change(services, request) is not None

    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    await user.ask("POST", ending, body if ending == "password/change" else None)

    assert await mails.prepare_email_change(services, request) is None


async def with_passkey(world: World) -> tuple[AppUser, Authenticator]:
    page = "https://app.example.com"
    await world.settings(passkey_origins=[page])
    user, authenticator = await world.verified(), Authenticator(page)
    options = (await user.ask("POST", "passkeys/register/options")).json()["public_key"]
    body = {"credential": authenticator.create(options), "name": "phone"}
    assert (await user.ask("POST", "passkeys/register/verify", body)).status_code == 201
    return user, authenticator
