"""What changes the ways into an account is logged, and its owner is told."""

from typing import Any

import pyotp

from app.core.db import Database
from tests.authenticator import Authenticator
from tests.features.users.app_users import PASSWORD, World, new_email
from tests.people import PASSWORD as CONSOLE_PASSWORD
from tests.people import invited

PAGE = "https://app.example.com"


async def logged(database: Database, target: str) -> list[tuple[str, str]]:
    rows = await database.owner.fetch(
        "SELECT action, actor FROM backendify.control_log WHERE target = $1 ORDER BY id", target
    )
    return [(row["action"], row["actor"]) for row in rows]


async def test_a_user_is_told_of_each_change_of_their_factors(
    world: World, database: Database
) -> None:
    await world.settings(passkey_origins=[PAGE])
    user, authenticator = await world.verified(), Authenticator(PAGE)
    begun = (await user.ask("POST", "mfa", {"type": "totp"})).json()
    code = pyotp.TOTP(begun["secret"]).now()
    assert (await user.ask("POST", "mfa/confirm", {"code": code})).is_success
    proof = {"password": PASSWORD}
    assert (await user.ask("POST", "mfa/recovery-codes", proof)).is_success
    assert (await user.ask("DELETE", "mfa", proof)).is_success
    options = (await user.ask("POST", "passkeys/register/options")).json()["public_key"]
    body = {"credential": authenticator.create(options), "name": "phone"}
    made = await user.ask("POST", "passkeys/register/verify", body)
    assert (await user.ask("DELETE", f"passkeys/{made.json()['id']}")).is_success

    changes = ["mfa_enabled", "recovery_codes_renewed", "mfa_disabled"]
    changes += ["passkey_added", "passkey_removed"]
    actor = f"app_user:{user.id}"
    assert await logged(database, user.id) == [(f"user.{change}", actor) for change in changes]
    for change in changes:
        assert user.email in (await world.mail(user.email, change))["text"]


async def test_a_refused_change_is_neither_logged_nor_told(
    world: World, database: Database
) -> None:
    user = await world.sign_up()

    await user.ask("DELETE", "mfa", {"password": "wrong"})
    await user.ask("POST", "mfa/confirm", {"code": "123456"})

    assert await logged(database, user.id) == []


async def test_sessions_that_a_member_ends_stand_in_the_control_log(
    world: World, database: Database
) -> None:
    user = await world.sign_up()

    await world.admin.client.delete(f"{world.users}/{user.id}/sessions")

    [(action, actor)] = await logged(database, user.id)
    assert action == "user.sessions_ended"
    assert actor.startswith("admin_user:")


async def test_an_admin_is_told_of_each_change_of_their_factors(
    world: World, database: Database, app: Any
) -> None:
    person = await invited(app, world.admin.client, world.project.url, "viewer", new_email())
    begun = (await person.client.post("/api/auth/mfa", json={"type": "totp"})).json()
    code = {"code": pyotp.TOTP(begun["secret"]).now()}
    assert (await person.client.post("/api/auth/mfa/confirm", json=code)).is_success
    proof = {"password": CONSOLE_PASSWORD}
    assert (await person.client.request("DELETE", "/api/auth/mfa", json=proof)).is_success

    told = await database.owner.fetch(
        "SELECT kind FROM backendify.mails WHERE recipient = $1 AND kind LIKE 'console_mfa%'"
        " ORDER BY id",
        person.email,
    )
    assert [row["kind"] for row in told] == ["console_mfa_enabled", "console_mfa_disabled"]
    actions = [action for action, _ in await logged(database, person.id)]
    assert actions[-2:] == ["admin.mfa_enabled", "admin.mfa_disabled"]
