"""The fixtures of the tests that disturb running processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.nodes import ROOT, Node, serving


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory, postgres_bin: Path | None) -> Path:
    """A data directory that an earlier start has made, with the asked-for Postgres."""
    data = tmp_path_factory.mktemp("node") / "data"
    chosen = {} if postgres_bin is None else {"BACKENDIFY_POSTGRES_BIN": str(postgres_bin)}
    subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate", "--data-dir", str(data)],
        cwd=ROOT,
        env=os.environ | chosen,
        capture_output=True,
        check=True,
        timeout=120,
    )
    return data


@pytest.fixture
def node(data: Path) -> Iterator[Node]:
    """A running node. Its log must tell of no fault that nobody foresaw."""
    with serving(data, rate_limits="off", log_level="warning") as node:
        yield node
    assert node.faults() == []
