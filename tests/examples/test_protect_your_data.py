"""The five minutes of the guide work as they are printed, on a project like the one it names."""

import asyncio
import re
import shutil
import subprocess
from typing import Any

import pytest

from tests.conftest import Admin
from tests.running import listening
from tests.serving import ROOT

PAGE = ROOT / "docs/guides/protect-your-data.md"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="There is no curl.")


async def test_five_minutes_protect_a_blog(app: Any, admin: Admin) -> None:
    async with listening(app) as address:
        done = await _run(address, admin.headers["Authorization"].removeprefix("Bearer "))
    assert done.returncode == 0, done.stdout + done.stderr
    begun, owners, public, overview, why, test = done.stdout.split("\n=====\n")
    assert '"slug":"blog"' in begun
    assert '"presets":{"author":"$user.id"}' in owners
    assert '"fields":["title","body","created_at"]' in public
    assert '"findings":' in overview
    assert '"allowed":false' in why
    assert '"actual":"draft","expected":"published"' in why.replace(" ", "")
    assert '"passed":true' in test


async def _run(address: str, token: str) -> subprocess.CompletedProcess[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    text = "\nprintf '\\n=====\\n'\n".join(blocks).replace("http://127.0.0.1:8000", address)
    text = text.replace("curl -s", "curl -s --fail-with-body")
    script = f"set -euo pipefail\nTOKEN={token}\n{text}"
    return await asyncio.to_thread(
        subprocess.run, ["bash", "-c", script], capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
