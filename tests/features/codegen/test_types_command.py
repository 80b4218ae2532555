"""``backendify types`` against a running server, as a process of its own."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from tests.features.data.shop import Shop
from tests.running import listening
from tests.serving import ROOT


async def test_a_file_is_written_and_told_when_it_is_out_of_date(
    app: Any, shop: Shop, tmp_path: Path
) -> None:
    async def types(*words: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "types", "-p", shop.project.slug, *words),
            cwd=tmp_path,
            env={**os.environ, **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()

    async with listening(app) as address:
        token = shop.client.headers["Authorization"].removeprefix("Bearer ")
        environment = {
            "BACKENDIFY_URL": address, "BACKENDIFY_TOKEN": token, "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        file = tmp_path / "schema.d.ts"

        assert await types("--check", "-f", file.name) == (3, "schema.d.ts is out of date\n")
        assert await types("-f", file.name) == (0, "")
        assert await types("--check", "-f", file.name) == (0, "")
        assert await types() == (0, file.read_text())
        assert (await types("--lang", "cobol"))[0] == 2
