"""The first five minutes of the README work as they are printed."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import ROOT, Served, serving

README = ROOT / "README.md"
# A refusal ends the script, and the output of each block can be told from the next.
PROLOGUE = 'set -euo pipefail\ncurl() { command curl --fail-with-body -S "$@"; }\n'
SEPARATOR = "\n=====\n"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="There is no curl.")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, postgres_bin: Path | None) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("readme"), postgres_bin) as served:
        yield served


def five_minutes() -> list[str]:
    section = README.read_text().partition("## The first five minutes\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def test_the_first_five_minutes_work_as_printed(served: Served) -> None:
    blocks = five_minutes()
    script = PROLOGUE + "\nprintf '\\n=====\\n'\n".join(blocks)
    script = script.replace("http://127.0.0.1:8000", served.url)

    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    account, schema, records, queries, renamed, access, log = done.stdout.split(SEPARATOR)
    assert '"slug":"library"' in account
    assert schema.count('"id_type"') == 2
    assert '"inserted":1' in records
    assert '"total":2' in queries
    assert queries.index("The Lathe of Heaven") < queries.index("The Word for World Is Forest")
    assert '"affected":3' in queries
    assert '"list_price":10.99' in renamed
    assert '"title":"The Lathe of Heaven"' in access
    assert "list_price" not in access
    assert '"email":"ann@example.com"' in access
    assert '"allowed":false' in access
    assert "The Dispossessed,10.99,1974-05-01,leguin" in log
