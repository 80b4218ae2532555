"""A genuine token or code of every kind that there is, each of an account of its own."""

import re
from typing import Any

import httpx
import pyotp

from app.core.ids import project_schema
from app.engine.identity.principal import Project
from app.features.users.oauth.proofs import issue_proof
from app.features.users.oauth.signing_in import SIGN_IN_CODE
from app.features.users.service.realms import load_realm
from tests.features.users.app_users import PASSWORD, AppUser, World, new_email
from tests.people import PASSWORD as ADMIN_PASSWORD
from tests.people import Person, invited
from tests.scenarios.cast import Side
from tests.waiting import until


async def stray_tokens(app: Any, side: Side) -> dict[str, str]:
    """By what each is good for; none is an access token that is still good."""
    world, tokens = side.world, {}
    tokens["user refresh"] = (await world.sign_up()).tokens["refresh_token"]
    tokens["user mfa"] = await _owed(world.anyone, world.auth, await world.verified(), PASSWORD)
    tokens["user logged out"] = await _ended(await world.sign_up())
    person = await invited(app, side.owner.client, side.project.url, "viewer")
    tokens["admin refresh"] = person.tokens["refresh_token"]
    second = await invited(app, side.owner.client, side.project.url, "viewer")
    tokens["admin mfa"] = await _owed(world.anyone, "/api/auth", second, ADMIN_PASSWORD)
    tokens["admin reset"] = await _forgotten(side, person)
    offer = {"email": new_email(), "role": "viewer"}
    invitation = await side.owner.client.post(f"{side.project.url}/invitations", json=offer)
    tokens["admin invitation"] = invitation.json()["token"]
    tokens["oauth code"] = await _oauth_code(app, side, await world.sign_up())
    return tokens | await _mailed(world)


async def _mailed(world: World) -> dict[str, str]:
    users = [await world.sign_up() for _ in range(4)]
    tokens = {"verify": await world.token(users[0].email, "verify_email")}
    await world.post("password/forgot", {"email": users[1].email})
    tokens["reset"] = await world.token(users[1].email, "reset_password")
    await world.post("magic-link", {"email": users[2].email})
    tokens["magic link"] = await world.token(users[2].email, "magic_link")
    new = new_email()
    await users[3].ask("POST", "email/change", {"email": new, "current_password": PASSWORD})
    tokens["e-mail change"] = await world.token(new, "email_change")
    body = {"email": new_email(), "invite": True}
    await world.admin.client.post(world.users, json=body)
    tokens["invitation"] = await world.token(body["email"], "invitation")  # type: ignore[arg-type]  # a str
    return tokens


async def _owed(
    anyone: httpx.AsyncClient, auth: str, account: AppUser | Person, password: str
) -> str:
    """Enrol a second factor and sign in with the first."""
    url, headers = f"{auth}/mfa", account.headers
    begun = await anyone.post(url, json={"type": "totp"}, headers=headers)
    assert begun.status_code == 201, begun.text
    code = pyotp.TOTP(begun.json()["secret"]).now()
    done = await anyone.post(f"{url}/confirm", json={"code": code}, headers=headers)
    assert done.status_code == 204, done.text
    login = {"email": account.email, "password": password}
    return str((await anyone.post(f"{auth}/login", json=login)).json()["mfa_token"])


async def _ended(user: AppUser) -> str:
    assert (await user.ask("POST", "logout")).status_code == 204

    async def is_refused() -> bool:
        url = f"{user.world.project.url}/data/users"
        return (await user.world.anyone.get(url, headers=user.headers)).status_code == 401

    await until(is_refused)
    return str(user.tokens["access_token"])


async def _forgotten(side: Side, person: Person) -> str:
    """From the installation's own mailbox, which the victim's owner reads as its owner."""
    await side.world.anyone.post("/api/auth/password/forgot", json={"email": person.email})

    async def mails() -> list[Any]:
        answer = await side.owner.client.get("/api/mailbox", params={"recipient": person.email})
        return list(answer.json()["data"])

    found = re.search(r"[?&]token=([\w-]+)", (await until(mails))[0]["text"])
    assert found
    return found[1]


async def _oauth_code(app: Any, side: Side, user: AppUser) -> str:
    project = Project(side.project.id, side.project.slug, project_schema(side.project.id))
    realm = await load_realm(app.services, project)
    return await issue_proof(app.services, realm, SIGN_IN_CODE, user.uuid, {})
