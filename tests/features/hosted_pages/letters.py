"""The mails that hold a link, each asked for through its own route and read from the mailbox."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.features.organisations.world import World
from tests.features.users.app_users import PASSWORD, AppUser, new_email
from tests.people import Person
from tests.waiting import until

NEW_PASSWORD = "a third battery, a third staple"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, and the JSON route that takes its token: ``body`` goes with it, as ``by``."""

    kind: str
    to: str
    mail: dict[str, Any]
    route: str
    body: dict[str, str]
    by: AppUser | None = None

    @property
    def link(self) -> str:
        found = re.search(r"https?://\S+", self.mail["text"])
        assert found, self.mail["text"]
        assert found[0] in unescape(self.mail["html"])
        return found[0]

    @property
    def target(self) -> str:
        """The link without its host."""
        parts = urlsplit(self.link)
        return f"{parts.path}?{parts.query}"

    @property
    def token(self) -> str:
        return parse_qs(urlsplit(self.link).query)["token"][0]

    async def take(self, client: httpx.AsyncClient) -> httpx.Response:
        """Use the token up."""
        headers = self.by.headers if self.by else {}
        body = {"token": self.token, **self.body}
        return await client.post(self.route, json=body, headers=headers)


async def write_letters(world: World, person: Person) -> list[Letter]:
    return [
        await verification(world, await world.sign_up()),
        await reset(world, await world.verified()),
        await magic_link(world, await world.verified()),
        await invitation(world, new_email()),
        await email_change(world, await world.verified(), new_email()),
        await org_invitation(world, await world.verified()),
        await console_reset(world, person),
    ]


async def verification(world: World, user: AppUser) -> Letter:
    asked = await world.post("verify/send", {"email": user.email})
    return await _letter(world, asked, "verify_email", user.email, "verify")


async def reset(world: World, user: AppUser) -> Letter:
    asked = await world.post("password/forgot", {"email": user.email})
    body = {"password": NEW_PASSWORD}
    return await _letter(world, asked, "reset_password", user.email, "password/reset", body)


async def magic_link(world: World, user: AppUser) -> Letter:
    asked = await world.post("magic-link", {"email": user.email})
    return await _letter(world, asked, "magic_link", user.email, "magic-link/verify")


async def invitation(world: World, email: str) -> Letter:
    asked = await world.admin.client.post(world.users, json={"email": email, "invite": True})
    body = {"password": NEW_PASSWORD}
    return await _letter(world, asked, "invitation", email, "invitations/accept", body)


async def email_change(world: World, user: AppUser, email: str) -> Letter:
    body = {"email": email, "current_password": PASSWORD}
    asked = await user.ask("POST", "email/change", body)
    return await _letter(world, asked, "email_change", email, "email/change/confirm")


async def org_invitation(world: World, guest: AppUser) -> Letter:
    owner = await world.sign_up()
    org = await world.org(owner, name=guest.id)
    body = {"email": guest.email, "role": "member"}
    asked = await owner.ask("POST", f"orgs/{org}/invitations", body)
    accept = "orgs/invitations/accept"
    return await _letter(world, asked, "org_invitation", guest.email, accept, by=guest)


async def console_reset(world: World, person: Person) -> Letter:
    body = {"email": person.email}
    asked = await world.anyone.post("/api/auth/password/forgot", json=body)
    assert asked.status_code == 202, asked.text
    kind = "console_reset_password"
    mail = await console_mail(world, person.email, kind)
    route, given = "/api/auth/password/reset", {"password": NEW_PASSWORD}
    return Letter(kind, person.email, mail, route, given)


async def console_mail(world: World, to: str, kind: str) -> dict[str, Any]:
    async def mails() -> list[dict[str, Any]]:
        answer = await world.admin.client.get("/api/mailbox", params={"recipient": to})
        return [mail for mail in answer.json()["data"] if mail["kind"] == kind]

    found: dict[str, Any] = (await until(mails))[0]
    return found


async def _letter(
    world: World,
    asked: httpx.Response,
    kind: str,
    to: str,
    route: str,
    body: dict[str, str] | None = None,
    by: AppUser | None = None,
) -> Letter:
    assert asked.is_success, asked.text
    return Letter(kind, to, await world.mail(to, kind), f"{world.auth}/{route}", body or {}, by)
