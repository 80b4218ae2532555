"""Directions: layers as pyproject.toml says, and features entered by one door each."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FEATURES = ROOT / "app" / "features"


def test_the_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    run = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout + run.stderr


def test_a_feature_is_entered_through_its_service_only() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sorted(FEATURES.rglob("*.py"))
        for module in _feature_modules(path)
        if module.split(".")[2] != path.relative_to(FEATURES).parts[0]
        and module.split(".")[3:4] not in ([], ["service"])
    ]

    assert wrong == []


def test_nothing_below_the_features_imports_one() -> None:
    below = [
        path for name in ("core", "engine", "api") for path in (ROOT / "app" / name).rglob("*.py")
    ]

    assert [path for path in below if list(_feature_modules(path))] == []


def _feature_modules(path: Path) -> Iterator[str]:
    """Every ``app.features.<name>[.<module>]`` that a file imports, in either form."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.startswith("app.features."))
