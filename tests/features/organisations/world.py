"""A project with organisations, and users who belong to them."""

from typing import Any

from tests.features.users import app_users
from tests.features.users.app_users import AppUser


class World(app_users.World):
    @property
    def organisations(self) -> str:
        return f"{self.project.url}/organisations"

    async def enable(self) -> None:
        answer = await self.admin.client.post(self.organisations)
        assert answer.status_code == 200, answer.text

    async def org(self, owner: AppUser, name: str = "Acme", **more: Any) -> str:
        answer = await owner.ask("POST", "orgs", {"name": name, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def join(self, org: str, user: AppUser, role: str = "member") -> None:
        """By the hand of a member of the console."""
        path = f"{self.organisations}/orgs/{org}/members/{user.id}"
        answer = await self.admin.client.put(path, json={"role": role})
        assert answer.status_code == 200, answer.text

    async def invitation(self, org: str, by: AppUser, to: str, role: str = "member") -> str:
        """The token of an invitation, as mailed."""
        body = {"email": to, "role": role}
        answer = await by.ask("POST", f"orgs/{org}/invitations", body)
        assert answer.status_code == 202, answer.text
        return await self.token(to, "org_invitation")

    async def roles(self, org: str) -> dict[str, str]:
        """Roles by user id, as a member of the console sees them."""
        answer = await self.admin.client.get(f"{self.organisations}/orgs/{org}/members")
        assert answer.status_code == 200, answer.text
        return {each["user_id"]: each["role"] for each in answer.json()["data"]}

    async def data(self, user: AppUser, path: str) -> list[dict[str, Any]]:
        """A list of the data routes, as a user sees it."""
        url = f"{self.project.url}/data/{path}"
        answer = await self.anyone.get(url, headers=user.headers)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found
