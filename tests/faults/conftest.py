"""The fixtures of the tests that disturb running processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.nodes import ROOT, Node, serving


class Pair:
    """Nodes on one data directory, by name; they end with ``stack``."""

    def __init__(self, data: Path, stack: ExitStack) -> None:
        self._data = data
        self._stack = stack
        self._nodes: dict[str, Node] = {}

    def running(self, name: str) -> Node:
        """The node of this name: started when it is first asked for, and where a test ended it."""
        node = self._nodes.get(name)
        if node is None:
            starting = serving(self._data, rate_limits="off", log_level="warning")
            node = self._nodes[name] = self._stack.enter_context(starting)
        elif node.process.poll() is not None:
            node.start()
        return node


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


@pytest.fixture(scope="module")
def pair(data: Path) -> Iterator[Pair]:
    """The two nodes of a file, which start when they are first asked for."""
    with ExitStack() as running:
        yield Pair(data, running)


@pytest.fixture
def node(pair: Pair) -> Iterator[Node]:
    """A running node. Its log must tell of no fault that nobody foresaw."""
    node = pair.running("node")
    yield node
    assert node.faults() == []


@pytest.fixture
def other(node: Node, pair: Pair) -> Iterator[Node]:
    """A second process on the first one's data directory."""
    assert node.process.poll() is None
    other = pair.running("other")
    yield other
    assert other.faults() == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of a file that share nodes run in one process of the test run."""
    for item in items:
        if "pair" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
