"""The types of a project in Python: what a type checker makes of them."""

import json
import subprocess
import sys
from pathlib import Path

from syrupy.assertion import SnapshotAssertion

from tests.conftest import Admin, TestProject
from tests.features.data.shop import Shop
from tests.schemas import apply_schema
from tests.serving import ROOT

RIGHT = """
from datetime import UTC, date, datetime
from decimal import Decimal
from backendify_client import Client
from shop import AUTHORS, BOOKS, SHELVES

books = Client("http://server", "shop").collection(BOOKS)
book = books.create({"title": "x", "price": Decimal("1.50"), "published": date(2026, 1, 1)})
title: str = book["title"]
words: list[str] | None = book["words"]
books.update(book["id"], {"pages": {"$inc": 1}, "words": {"$append": "new"}, "slug": None})
books.list(filter={"price__between": (1, 2), "status__in": ["draft"]}, sort="-price")
books.list(filter={"or": [{"author": {"country": "DE"}}, {"shelves": {"name": "a"}}]})
books.list(filter={"not": {"author": None}, "sold_at__lt": datetime.now(UTC), "meta": {"a": 1}})
authors = Client("http://server", "shop").collection(AUTHORS)
authors.count({"books": {"author": {"mentor_id__isnull": True}}})
"""
WRONG = """
books.create({"slug": "no title"})
books.create({"title": "x", "status": "printed"})
books.update(book["id"], {"title": {"$inc": 1}})
books.list(filter={"titel": "x"})
books.list(filter={"pages__startswith": 1})
books.list(filter={"author": {"contry": "DE"}})
Client("http://server", "shop").collection(SHELVES).get(1)["nam"]
"""

ODD = """
from datetime import UTC, datetime
from typing import Literal
from backendify_client import Client
from shop import A_FILTER, CLASS, DATE, JSON, OPERATORS1

client = Client("http://server", "shop")
one = client.collection(CLASS).get("1", expand="friends")
quoted: Literal["a\\"b", "c\\\\d", "it's", "`${1}`", "*/ x", "\\u2028", "\\u202eabc", "\U0001f600",
    '\\"\\"\\"', "# type: ignore", "a b", "-"] = one["from"]
name: str | None = one["str"]
marks: list[float] | None = one["marks"]
client.collection(CLASS).create({"class": "x", "from": "it's", "any": {"a": 1},
    "datetime": datetime.now(UTC), "decimal": 1.5, "sequence_id": "1"})
client.collection(CLASS).list(filter={"self": {"friends": {"from__in": ["a b"]}}, "none__any": [1]})
client.collection(DATE).count({"class": {"class": "x"}})
limit: int = client.collection(JSON).get(1)["limit"]
client.collection(A_FILTER).list(filter={"next": {"class": "x"}})
client.collection(OPERATORS1).create({})
"""
WRONG_ODD = """
client.collection(CLASS).list(filter={"self": {"friends": {"from__in": ["none"]}}})
client.collection(CLASS).create({"class": "x", "from": "it's", "any": 1})
client.collection(CLASS).update("1", {"class": None})
client.collection(JSON).get(1)["date"]
one["none"].append("1")
"""


async def test_a_type_checker_takes_what_is_right_and_nothing_else(
    shop: Shop, snapshot: SnapshotAssertion, tmp_path: Path
) -> None:
    answer = await shop.client.get(f"{shop.project.url}/sdk.py")

    assert answer.status_code == 200
    assert answer.text.replace(shop.project.slug, "shop") == snapshot
    (tmp_path / "shop.py").write_text(answer.text, encoding="utf-8")
    (tmp_path / "use.py").write_text(RIGHT + WRONG, encoding="utf-8")
    first = RIGHT.count("\n") + 2
    assert _run(tmp_path, "-c", "import shop").returncode == 0
    assert _faults(tmp_path) == {f"use.py:{first + n}" for n in range(WRONG.count("\n") - 1)}


async def test_odd_names_and_texts_stay_what_they_are(
    admin: Admin, project: TestProject, tmp_path: Path
) -> None:
    odd = json.loads((Path(__file__).parent / "odd.json").read_text(encoding="utf-8"))
    await apply_schema(admin, project, *odd["collections"])

    text = (await admin.client.get(f"{project.url}/sdk.py")).text

    (tmp_path / "shop.py").write_text(text, encoding="utf-8")
    (tmp_path / "use.py").write_text(ODD + WRONG_ODD, encoding="utf-8")
    first = ODD.count("\n") + 2
    assert _faults(tmp_path) == {f"use.py:{first + n}" for n in range(WRONG_ODD.count("\n") - 1)}
    done = _run(tmp_path, "-W", "error", "-c", "import shop; print(shop.A2.__annotations__)")
    assert done.returncode == 0, done.stderr
    comments = {line for line in text.splitlines() if line.startswith("#")}
    assert "#: mypy: ignore-errors" in comments
    assert not {line for line in comments if not line.startswith("#: ")}
    assert text.isascii() or all(each.isprintable() for each in text.replace("\n", ""))


def _faults(folder: Path) -> set[str]:
    """Where mypy finds a fault, as file:line."""
    options = ("--strict", "--no-error-summary", "--config-file", "", "--cache-dir", "cache")
    done = _run(folder, "-m", "mypy", *options, "shop.py", "use.py")
    return {line.split(": error:")[0] for line in done.stdout.splitlines() if ": error:" in line}


def _run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    sources = str(ROOT / "sdk/python/src")
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": sources, "MYPYPATH": sources},
        timeout=300,
        check=False,
    )
