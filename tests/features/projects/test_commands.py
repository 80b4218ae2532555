"""``backendify project`` against a running server, as its own process."""

import asyncio
import os
import sys
from typing import Any

from tests.conftest import Admin
from tests.running import listening
from tests.serving import ROOT


async def test_a_project_is_made_once(app: Any, admin: Admin) -> None:
    async with listening(app) as address:
        environment = {
            **os.environ,
            "BACKENDIFY_URL": address,
            "BACKENDIFY_TOKEN": admin.headers["Authorization"].removeprefix("Bearer "),
            "PYTHONPATH": str(ROOT),
        }

        async def run(*words: str) -> tuple[int, str]:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "app.cli", "project", *words),
                env=environment,
                stdout=asyncio.subprocess.PIPE,
            )
            out, _ = await process.communicate()
            return process.returncode or 0, out.decode()

        assert await run("create", "made-here", "--name", "Made here") == (0, "made-here\n")
        assert "made-here\tMade here\n" in (await run("list"))[1]
        assert (await run("create", "made-here"))[0] != 0
