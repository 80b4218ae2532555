"""The quickstart leads from a fresh server to a protected, live API, twice if need be."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import ROOT, Served, serving

SCRIPT = ROOT / "examples" / "quickstart" / "quickstart.sh"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="There is no curl.")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, postgres_bin: Path | None) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("quickstart"), postgres_bin) as served:
        yield served


def test_it_works_on_a_fresh_server_and_on_one_with_an_owner(served: Served) -> None:
    for project in ("quickstart", "second"):
        done = subprocess.run(
            [str(SCRIPT), project],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "BACKENDIFY_URL": served.url},
        )

        assert done.returncode == 0, done.stdout + done.stderr
        told = re.split(r"\n== ", done.stdout)
        assert told[2].endswith(f"\n{project}\ntodos\n")
        assert '"data":[{"title":"Water the plants","due":"2026-03-01"}]' in told[7]
        assert '"total":2' in told[7]
        assert '"done":true' in told[8]
        assert told[8].count("event: record.created") == 3
        assert told[8].count("event: record.left") == 1
        assert '"data":[{"title":"Call Ann"}]' in told[9]
        assert '"status":401' in told[9]
        assert "no policy" in told[10]
