"""Write the skeleton of a platform service: ``make new-feature name=webhooks``.

It makes ``app/features/<name>``, a test that passes, and the line in ``app/registry.py``; the rest
of the files a feature may have are added when it needs them.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

FILES = {
    "app/features/{name}/__init__.py": '"""{title}: say in one sentence what this is for."""\n',
    "app/features/{name}/feature.py": '''"""The manifest of {words}."""

from app.core.feature import Feature
from app.features.{name}.router import router

FEATURE = Feature(
    name="{name}",
    router=router,
    tags=({{"name": "{name}", "description": "{title}."}},),
)
''',
    "app/features/{name}/router.py": '''"""HTTP only: shape in, one service call, shape out."""

from fastapi import APIRouter

from app.api.routing import ApiRoute
from app.features.{name} import service
from app.features.{name}.schemas import {type}Status

router = APIRouter(route_class=ApiRoute, prefix="/api/{path}", tags=["{name}"])


@router.get("/status")
async def get_{name}_status() -> {type}Status:
    """Whether {words} can be used."""
    return service.get_status()
''',
    "app/features/{name}/schemas.py": '''"""What requests hold and what answers look like."""

from pydantic import BaseModel


class {type}Status(BaseModel):
    available: bool
''',
    "app/features/{name}/service.py": '''"""What it does: all that other features may import."""

from app.features.{name}.schemas import {type}Status


def get_status() -> {type}Status:
    return {type}Status(available=True)
''',
    "tests/features/{name}/__init__.py": "",
    "tests/features/{name}/test_{name}.py": """import httpx


async def test_{name}_can_be_used(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/{path}/status")

    assert answer.status_code == 200
    assert answer.json() == {{"available": True}}
""",
}


def main(name: str) -> None:
    """Write the files of the feature ``name``; touches nothing that exists."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", name):
        raise SystemExit("Usage: make new-feature name=<lower_case_name>")
    if (ROOT / "app/features" / name).exists():
        raise SystemExit(f"There is a feature {name} already.")
    words = name.replace("_", " ")
    names = {
        "name": name,
        "words": words,
        "title": words.capitalize(),
        "type": words.title().replace(" ", ""),
        "path": name.replace("_", "-"),
    }
    for path, content in FILES.items():
        target = ROOT / path.format(**names)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content.format(**names), encoding="utf-8")
        sys.stdout.write(f"wrote {target.relative_to(ROOT)}\n")
    _register(name)


def _register(name: str) -> None:
    registry = ROOT / "app/registry.py"
    text = registry.read_text(encoding="utf-8")
    registered = re.sub(r"(FEATURES = \([^)]*?),?\s*\)", rf'\1,\n    "{name}",\n)', text, count=1)
    registry.write_text(registered, encoding="utf-8")
    sys.stdout.write('registered it in app/registry.py; now run "make test"\n')


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
