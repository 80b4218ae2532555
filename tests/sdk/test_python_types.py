"""A type checker knows what the Python client answers, and refuses what cannot be."""

import subprocess
import sys
from pathlib import Path

from tests.serving import ROOT

TYPED = """
from typing import TypedDict
from backendify_client import AsyncClient, Client, CollectionName

class Post(TypedDict):
    id: str
    title: str

class PostFilter(TypedDict, total=False):
    title: str
    title__in: list[str]

POSTS = CollectionName[Post, Post, Post, PostFilter]("posts")
client = Client("http://server", "shop")
posts = client.collection(POSTS)
"""
RIGHT = """
title: str = posts.list(filter={"title__in": ["x"]}).data[0]["title"]
titles: list[str] = [post["title"] for post in posts.iterate(filter={"title": "x"})]
for event in posts.subscribe(filter={"title": "x"}):
    kept: str = event.record["title"] if event.record else ""
number: int = client.collection("posts").count({"anything": 1})

async def main() -> None:
    awaited = AsyncClient("http://server", "shop").collection(POSTS)
    title: str = (await awaited.get("1"))["title"]
    async for post in awaited.iterate():
        title = post["title"]
"""
WRONG = """
posts.list(filter={"titel": "x"})
posts.list(filter={"title__in": "x"})
posts.create({"id": "1", "title": 7})
posts.get("1")["titel"]
posts.list(limt=5)
AsyncClient("http://server", "shop").collection(POSTS).get("1")["title"]
"""


def test_what_is_right_passes_and_every_wrong_line_is_found(tmp_path: Path) -> None:
    found = checked(tmp_path, TYPED + RIGHT + WRONG)

    first = (TYPED + RIGHT).count("\n") + 2
    assert found == set(range(first, first + WRONG.count("\n") - 1))


def checked(folder: Path, text: str) -> set[int]:
    """The lines that mypy finds a fault in."""
    script = folder / "typed.py"
    script.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(script),
         "--config-file", "", "--cache-dir", str(folder / "cache")],
        capture_output=True,
        text=True,
        env={"MYPYPATH": str(ROOT / "sdk/python/src")},
        timeout=300,
        check=False,
    )  # fmt: skip
    return {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
