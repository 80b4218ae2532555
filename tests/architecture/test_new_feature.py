"""``make new-feature`` writes a feature that needs no other edit."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_LIST_PATHS = """
from app.core.config import Settings
from app.main import create_app
from app.registry import load_features
print([route.path for feature in load_features() if feature.name == "gift_cards"
       for route in feature.router.routes])
create_app(Settings(jwt_secret="8f2b61c0a7d94e35b1f0c2d4e6a89b73"))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with one feature more."""
    house = tmp_path_factory.mktemp("house")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("app", "scripts", "alembic"):
        shutil.copytree(ROOT / name, house / name, ignore=ignored)
    (house / "frontend/src").mkdir(parents=True)
    shutil.copy(ROOT / "frontend/src/registry.ts", house / "frontend/src")
    shutil.copy(ROOT / "pyproject.toml", house)
    _run(house, sys.executable, "scripts/new_feature.py", "gift_cards")
    return house


def test_it_is_registered_and_served(house: Path) -> None:
    told = _run(house, sys.executable, "-c", _LIST_PATHS)
    assert told.stdout.strip() == "['/api/projects/{project}/gift-cards/status']"


def test_it_is_formatted_and_clean(house: Path) -> None:
    written = ["app/features/gift_cards", "tests/features/gift_cards", "app/registry.py"]
    _run(house, sys.executable, "-m", "ruff", "check", *written)
    _run(house, sys.executable, "-m", "ruff", "format", "--check", *written)


def test_the_console_has_its_folder_and_its_line(house: Path) -> None:
    folder = house / "frontend/src/features/gift-cards"
    assert {each.name for each in folder.iterdir()} == {
        "api.ts", "feature.ts", "gift-cards-page.tsx", "routes.ts", "strings.ts",
    }  # fmt: skip
    assert '\n  "gift-cards",\n];' in (house / "frontend/src/registry.ts").read_text()
    assert all("__" not in each.read_text() for each in folder.iterdir())


@pytest.mark.parametrize("name", ["gift_cards", "Gift", "../x", ""])
def test_a_name_that_exists_or_is_none_is_refused(house: Path, name: str) -> None:
    done = _run(house, sys.executable, "scripts/new_feature.py", name, check=False)
    assert done.returncode == 1


def _run(house: Path, *command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=house, capture_output=True, text=True, timeout=60, check=check
    )
