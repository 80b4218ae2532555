"""Deleting one's own account: not by whoever finds an open session."""

from datetime import timedelta

from app.core.db import Database
from tests.features.users.app_users import PASSWORD, World


async def test_a_user_with_a_password_leaves_by_it(world: World) -> None:
    user = await world.sign_up()

    for body in (None, {}, {"password": "wrong"}):
        refused = await user.ask("DELETE", "me", body)
        assert refused.status_code == 422, refused.text
        assert [e["pointer"] for e in refused.json()["errors"]] == ["/password"]

    assert (await user.ask("DELETE", "me", {"password": PASSWORD})).status_code == 204
    assert not await user.is_in()


async def test_a_user_without_a_password_leaves_soon_after_signing_in(
    world: World, database: Database
) -> None:
    await world.settings(allow_anonymous=True)
    guest = world.user(await world.post("anonymous"))
    table = f"p_{world.project.id.hex}._sessions"
    late = f"UPDATE {table} SET created_at = created_at + $2::interval WHERE account_id = $1"

    await database.owner.execute(late, guest.uuid, timedelta(minutes=-11))
    refused = await guest.ask("DELETE", "me")
    assert (refused.status_code, refused.json()["code"]) == (403, "auth_session_too_old")
    await database.owner.execute(late, guest.uuid, timedelta(minutes=11))
    assert (await guest.ask("DELETE", "me")).status_code == 204
