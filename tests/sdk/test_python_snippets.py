"""The snippets of the Python client's README and guide run as they are printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdk.conftest import World
from tests.serving import ROOT

pytestmark = pytest.mark.xdist_group("sdk")  # one server

PAGES = {
    "sdk/python/README.md": "record.entered Hello\n",
    "docs/guides/python-sdk.md": "",
}


@pytest.mark.parametrize("page", PAGES)
def test_the_snippets_of_a_page_work_in_their_order(
    world: World, page: str, tmp_path: Path
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    script = "".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    script = script.replace("http://127.0.0.1:8000", world.url).replace(
        '"shop"', repr(world.project)
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "sdk/python/src"), "BACKENDIFY_KEY": world.key},
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert PAGES[page] in done.stdout
