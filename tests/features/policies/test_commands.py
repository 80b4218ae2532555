"""``backendify policy`` against a running server, as its own process."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Admin
from tests.features.policies.world import World
from tests.running import listening

Run = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def run(app: Any, admin: Admin, world: World, tmp_path: Path) -> AsyncIterator[Run]:
    async with listening(app) as address:

        async def command(*words: str) -> tuple[int, str]:
            environment = {
                **os.environ,
                "BACKENDIFY_URL": address,
                "BACKENDIFY_TOKEN": admin.headers["Authorization"].removeprefix("Bearer "),
                "BACKENDIFY_PROJECT": world.project.slug,
                "PYTHONPATH": str(Path(__file__).parents[3]),
            }
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from app.cli import main; main()", "policy", *words),
                cwd=tmp_path,
                env=environment,
                stdout=asyncio.subprocess.PIPE,
            )
            out, _ = await process.communicate()
            return process.returncode or 0, out.decode()

        yield command


async def test_the_command_line_lists_tests_and_lints(world: World, run: Run) -> None:
    await world.policy("posts", "list", "anonymous", where={"status": "published"}, name="public")
    stored = {
        "name": "drafts stay hidden", "as": {"anonymous": True},
        "given": [{"collection": "posts", "data": {"title": "d"}}],
        "do": {"action": "list", "collection": "posts"}, "expect": {"allowed": True, "count": 0},
    }  # fmt: skip
    await world.admin.post(f"{world.project.url}/policies/tests", json=stored)

    status, out = await run("list")
    assert status == 0
    assert 'allow anonymous: list posts where {"status": "published"}  (public)' in out
    status, out = await run("test")
    assert (status, out) == (0, "ok     drafts stay hidden\n1 passed, 0 failed\n")
    status, out = await run("lint", "--json")
    assert status == 0
    codes = [each["code"] for each in json.loads(out)["findings"]]
    assert codes == ["predicate_without_index"]

    wrong = stored | {"name": "wrong", "expect": {"allowed": True, "count": 1}}
    await world.admin.post(f"{world.project.url}/policies/tests", json=wrong)
    status, out = await run("test")
    assert status == 1
    assert "FAILED wrong\n       0 records were seen, not 1." in out
    await world.admin.post(
        f"{world.project.url}/policies?force=true",
        json={"name": "all", "collection": "tags", "actions": ["delete"],
              "principals": ["anonymous"]},
    )  # fmt: skip
    status, out = await run("lint")
    assert status == 1
    assert "error   open_to_anonymous: all:" in out


async def test_the_policies_of_a_file_are_made_then_changed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "backendify.yaml"
    policy = "{name: public, collection: posts, actions: [list], principals: [anonymous]"
    file.write_text(f"collections: []\npolicies:\n  - {policy}}}\n")
    assert await run("apply") == (0, "1 made, 0 changed\n")

    file.write_text(f"policies:\n  - {policy}, where: {{status: published}}}}\n")
    assert await run("apply") == (0, "0 made, 1 changed\n")
    _, told = await run("list")
    assert 'allow anonymous: list posts where {"status": "published"}  (public)' in told

    for text in ("policies: 1", "policies: [1]", "- 1", "{"):
        file.write_text(text)
        assert (await run("apply"))[0] == 2, text
