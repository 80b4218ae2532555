"""The guide to adding a feature, followed literally in a copy of the sources."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.serving import ROOT

GUIDE = ROOT / "docs" / "guides" / "add-a-feature.md"
TARGET = re.compile(r"(?:\b[Ii]n|end of) `([\w./*-]+)`")
SOURCES = ("app", "alembic", "scripts")
NEEDED = (
    "pyproject.toml",
    "frontend/src/registry.ts",
    "frontend/e2e/screens.ts",
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/databases.py",
    "tests/people.py",
    "tests/running.py",
    "tests/features/__init__.py",
)
IMPORT = re.compile(r"import (?:type )?{([^}]*)} from \"@/([\w./-]+)\"")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the guide, and the paragraph before it, which says what to do with it."""

    told: str
    language: str
    text: str


def blocks() -> Iterator[Block]:
    before = 0
    text = GUIDE.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        told = text[before : found.start()].strip().rpartition("\n\n")[2].replace("\n", " ")
        yield Block(told, found[1], found[2])
        before = found.end()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources in which the guide was followed."""
    house = tmp_path_factory.mktemp("house")
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, house / name, ignore=ignored)
    for name in NEEDED:
        (house / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, house / name)
    for block in blocks():
        _follow(house, block)
    return house


def test_its_test_passes(house: Path, postgres_bin: Path | None) -> None:
    del postgres_bin
    done = _run(
        house, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/features/announcements"
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_its_code_is_formatted_and_clean(house: Path) -> None:
    written = ("app/features/announcements", "tests/features/announcements", "alembic/versions")
    for words in (("check",), ("format", "--check")):
        done = _run(house, "-m", "ruff", *words, *written)
        assert done.returncode == 0, done.stdout


def test_what_its_screen_imports_is_there(house: Path) -> None:
    folder = house / "frontend/src/features/announcements"
    for file in sorted(folder.iterdir()):
        for names, module in IMPORT.findall(file.read_text(encoding="utf-8")):
            exported = _module(house, module).read_text(encoding="utf-8")
            for name in re.findall(r"(?:type )?(\w+)", names.replace("type ", "")):
                assert re.search(rf"export (async )?\w+ {name}\b", exported), f"{module}: {name}"


def test_its_screen_is_registered_and_looked_at(house: Path) -> None:
    assert '\n  "announcements",\n' in (house / "frontend/src/registry.ts").read_text()
    assert 'name: "announcements"' in (house / "frontend/e2e/screens.ts").read_text()


def _follow(house: Path, block: Block) -> None:
    if block.language == "sh":
        for line in block.text.splitlines():
            if found := re.fullmatch(r"make (new-\w+) name=(\w+)", line):
                script = f"scripts/{found[1].replace('-', '_')}.py"
                assert _run(house, script, found[2]).returncode == 0
        return
    *_, named = TARGET.findall(block.told)
    [target] = house.glob(named) if "*" in named else [house / named]
    if "At the end of" in block.told:
        target.write_text(target.read_text() + "\n\n" + block.text, encoding="utf-8")
    elif after := re.search(r"After `([^`]+)` in", block.told):
        text = target.read_text()
        assert text.count(after[1] + "\n") == 1
        target.write_text(text.replace(after[1] + "\n", f"{after[1]}\n{block.text}"))
    else:
        target.write_text(block.text, encoding="utf-8")


def _module(house: Path, module: str) -> Path:
    """Where a module of the console is: in the copy, else in the sources."""
    places = (
        root / "frontend/src" / f"{module}.{ending}"
        for root in (house, ROOT)
        for ending in ("ts", "tsx")
    )
    return next(place for place in places if place.exists())


def _run(house: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, *words],
        cwd=house,
        env=kept | {"PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
