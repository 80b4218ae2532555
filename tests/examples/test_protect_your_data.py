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
    made = await admin.client.post("/api/projects", json={"name": "Blog", "slug": "blog"})
    assert made.status_code == 201, made.text
    posts = {
        "name": "posts",
        "fields": [
            {"name": "title", "type": "string"},
            {"name": "body", "type": "text"},
            {"name": "status", "type": "enum", "values": ["draft", "published"],
             "default": "draft", "index": True},
        ],
    }  # fmt: skip
    added = await admin.client.post("/api/projects/blog/collections", json=posts)
    assert added.status_code == 201, added.text
    async with listening(app) as address:
        done = await _run(address, admin.headers["Authorization"].removeprefix("Bearer "))
    assert done.returncode == 0, done.stdout + done.stderr
    field, template, public, overview, why, test = done.stdout.split("\n=====\n")
    assert '"author"' in field + template
    assert '"presets":{"author":"$user.id"}' in field + template
    assert '"fields":["title","body","created_at"]' in public + template
    assert '"findings":' in overview + public
    assert '"allowed":true' in why
    assert '"drafts stay hidden"' in test


async def _run(address: str, token: str) -> subprocess.CompletedProcess[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    text = "\nprintf '\\n=====\\n'\n".join(blocks).replace("http://127.0.0.1:8000", address)
    text = text.replace("curl -s", "curl -s --fail-with-body")
    script = f"set -euo pipefail\nTOKEN={token}\n{text}"
    return await asyncio.to_thread(
        subprocess.run, ["bash", "-c", script], capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
