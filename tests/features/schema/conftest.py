"""A project's routes, called by its owner."""

from typing import Any

import httpx
import pytest

from tests.conftest import Admin, TestProject


class Api:
    """A project's routes."""

    def __init__(self, admin: Admin, project: TestProject) -> None:
        self.client, self.url = admin.client, project.url

    async def get(self, path: str) -> Any:
        answer = await self.client.get(self.url + path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return await self.client.request(method, self.url + path, json=body, headers=headers)

    async def ok(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.send(method, path, body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def refused(self, status: int, method: str, path: str, body: Any = None) -> Any:
        answer = await self.send(method, path, body)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def api(admin: Admin, project: TestProject) -> Api:
    return Api(admin, project)


@pytest.fixture
def still_api(admin: Admin, still_project: TestProject) -> Api:
    """One project for all of a module: nothing is changed in it."""
    return Api(admin, still_project)
