"""Every recipe of the cookbook holds: its policies can be made, and its tests pass with them."""

import json
import re
from typing import Any

import pytest

from tests.conftest import Admin, TestProject
from tests.schemas import apply_schema
from tests.serving import ROOT

PAGE = (ROOT / "docs/guides/policy-cookbook.md").read_text()
BLOCK = re.compile(r"^```json (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RECIPES = {part.partition("\n")[0]: dict(BLOCK.findall(part)) for part in PAGE.split("\n## ")[1:]}
SCHEMA = json.loads(dict(BLOCK.findall(PAGE.split("\n## ")[0]))["schema"])


@pytest.mark.parametrize("title", RECIPES)
async def test_the_recipe_holds(admin: Admin, project: TestProject, title: str) -> None:
    await apply_schema(admin, project, *SCHEMA["collections"])
    policies, tests = (json.loads(RECIPES[title][name]) for name in ("policies", "tests"))
    before = await _run(admin, project, tests)
    assert before["failed"], "the tests would pass without the policies"
    for policy in policies:
        answer = await admin.client.post(f"{project.url}/policies", json=policy)
        assert answer.status_code == 201, answer.text
    after = await _run(admin, project, tests)
    assert [each for each in after["results"] if not each["passed"]] == []


async def _run(admin: Admin, project: TestProject, tests: list[Any]) -> Any:
    body = {"tests": tests, "stored": False}
    answer = await admin.client.post(f"{project.url}/policies/test", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()
