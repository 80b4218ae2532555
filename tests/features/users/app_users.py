"""A project's users, made through the public interface, and the mails they get."""

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.conftest import Admin, TestProject
from tests.waiting import until

PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "another battery, another staple"


def new_email() -> str:
    return f"{uuid4().hex[:12]}@example.com"


@dataclass
class World:
    """A project, its owner, and anyone."""

    admin: Admin
    project: TestProject
    anyone: httpx.AsyncClient
    seen: set[str] = field(default_factory=set)

    @property
    def auth(self) -> str:
        return f"{self.project.url}/auth"

    @property
    def users(self) -> str:
        return f"{self.project.url}/users"

    async def settings(self, **auth: Any) -> None:
        answer = await self.admin.client.patch(f"{self.project.url}/settings", json={"auth": auth})
        assert answer.status_code == 200, answer.text

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        return await self.anyone.post(f"{self.auth}/{path}", json=body)

    async def sign_up(self, email: str | None = None, **more: Any) -> "AppUser":
        body = {"email": email or new_email(), "password": PASSWORD} | more
        return self.user(await self.post("register", body))

    async def verified(self) -> "AppUser":
        """A user who has proved their address."""
        user = await self.sign_up()
        changed = await self.change(user.id, email_verified=True)
        assert changed.status_code == 200, changed.text
        return user

    async def log_in(self, email: str, password: str = PASSWORD) -> "AppUser":
        return self.user(await self.post("login", {"email": email, "password": password}))

    def user(self, answer: httpx.Response) -> "AppUser":
        assert answer.is_success, answer.text
        return AppUser(self, answer.json())

    async def mail(self, to: str, kind: str) -> dict[str, Any]:
        """The next mail of a kind to an address."""

        async def new() -> list[dict[str, Any]]:
            mails = await self.mails(to)
            return [m for m in mails if m["kind"] == kind and m["id"] not in self.seen]

        mail: dict[str, Any] = (await until(new))[0]
        self.seen.add(mail["id"])
        return mail

    async def mails(self, to: str) -> list[dict[str, Any]]:
        url = f"{self.project.url}/mailbox"
        answer = await self.admin.client.get(url, params={"recipient": to})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def token(self, to: str, kind: str) -> str:
        """The token in the next mail of a kind."""
        found = re.search(r"[?&]token=([\w-]+)", (await self.mail(to, kind))["text"])
        assert found
        return found[1]

    async def code(self, to: str, kind: str = "otp") -> str:
        found = re.search(r"\b\d{6}\b", (await self.mail(to, kind))["text"])
        assert found
        return found[0]

    async def change(self, user_id: str, **change: Any) -> httpx.Response:
        return await self.admin.client.patch(f"{self.users}/{user_id}", json=change)

    async def role(self, name: str) -> None:
        answer = await self.admin.client.post(f"{self.project.url}/roles", json={"name": name})
        assert answer.status_code == 201, answer.text


@dataclass
class AppUser:
    """A signed-in user; ``tokens`` is what signing in answered."""

    world: World
    tokens: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.tokens["user"]["id"])

    @property
    def uuid(self) -> UUID:
        return UUID(self.id)

    @property
    def email(self) -> str:
        return str(self.tokens["user"]["email"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.world.anyone.request(
            method, f"{self.world.auth}/{path}", json=body, headers=self.headers
        )

    async def refresh(self, token: str | None = None) -> httpx.Response:
        body = {"refresh_token": token or self.tokens["refresh_token"]}
        return await self.world.post("refresh", body)

    async def is_in(self) -> bool:
        """Whether the access token is good."""
        return (await self.ask("GET", "me")).status_code == 200

    async def is_out(self) -> bool:
        """Whether neither token is good."""
        access, refresh = await self.ask("GET", "me"), await self.refresh()
        return (access.status_code, refresh.status_code) == (401, 401)
