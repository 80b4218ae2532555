"""Admins beside the installation's owner, made through the public interface."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.running import client_for

PASSWORD = "another battery, another staple"


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in admin. ``tokens`` is the answer of the registration."""

    client: httpx.AsyncClient
    tokens: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.tokens["user"]["id"])

    @property
    def email(self) -> str:
        return str(self.tokens["user"]["email"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}


def new_email() -> str:
    return f"{uuid4().hex[:12]}@example.com"


async def invited(
    app: Any, inviter: httpx.AsyncClient, project_url: str, role: str, email: str | None = None
) -> Person:
    """Invite somebody into a project, who registers and so becomes a member."""
    offer = {"email": email or new_email(), "role": role}
    answer = await inviter.post(f"{project_url}/members", json=offer)
    assert answer.status_code == 201, answer.text
    token = answer.json()["invitation"]["token"]
    return await registered(app, email=offer["email"], invitation=token)


async def registered(app: Any, **registration: str) -> Person:
    body = {"email": new_email(), "password": PASSWORD} | registration
    async with client_for(app) as anyone:
        answer = await anyone.post("/api/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    tokens: dict[str, Any] = answer.json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return Person(client_for(app, headers=headers), tokens)


async def stranger(app: Any, owner: httpx.AsyncClient) -> Person:
    """An admin of the installation who is a member of nothing any more."""
    slug = f"s-{uuid4().hex[:12]}"
    made = await owner.post("/api/projects", json={"name": slug, "slug": slug})
    assert made.status_code == 201, made.text
    person = await invited(app, owner, f"/api/projects/{slug}", "viewer")
    left = await person.client.delete(f"/api/projects/{slug}/members/{person.id}")
    assert left.status_code == 204, left.text
    return person
