"""``backendify data import`` and ``export`` against a running server, as processes of their own."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Admin
from tests.features.data.shop import Shop, fill
from tests.running import listening
from tests.serving import ROOT


@dataclass(frozen=True, slots=True)
class Ended:
    status: int
    out: str
    err: str


Run = Callable[..., Awaitable[Ended]]


@pytest.fixture(scope="module")
async def address(app: Any) -> AsyncIterator[str]:
    async with listening(app) as address:
        yield address


@pytest.fixture
def run(address: str, admin: Admin, shop: Shop, tmp_path: Path) -> Run:
    """Runs ``backendify data …`` in an empty directory."""

    async def command(*words: str, given: bytes = b"") -> Ended:
        environment = {
            **os.environ,
            "BACKENDIFY_URL": address,
            "BACKENDIFY_TOKEN": admin.headers["Authorization"].removeprefix("Bearer "),
            "BACKENDIFY_PROJECT": shop.project.slug,
            "PYTHONPATH": str(ROOT),
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "data", *words),
            cwd=tmp_path,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(given)
        return Ended(process.returncode or 0, out.decode(), err.decode())

    return command


async def test_a_file_goes_in_and_comes_out(run: Run, tmp_path: Path) -> None:
    (tmp_path / "books.csv").write_text("Title,pages,junk\nAlpha,NA,1\nBeta,2,2\n")
    words = ("--column", "Title=title", "--column", "junk=", "--null", "NA", "--null", "-")

    done = await run("import", "books", "books.csv", *words)

    assert done == Ended(0, "2 inserted, 0 updated, 0 left out\n", "")
    await run("export", "books", "out.csv", "--fields", "title,pages", "--sort", "-title")
    assert (tmp_path / "out.csv").read_text() == "title,pages\nBeta,2\nAlpha,\n"
    piped = await run("export", "books", "--where", "pages__gte=2", "--fields", "title")
    assert json.loads(piped.out) == [{"title": "Beta"}]


async def test_standard_input_is_a_file_too(run: Run, shop: Shop) -> None:
    done = await run("import", "books", "-", "--format", "ndjson", given=b'{"title": "A"}\n')

    assert done.status == 0, done.err
    assert await shop.titles() == ["A"]


async def test_faults_are_told_by_row_and_nothing_is_kept(
    run: Run, shop: Shop, tmp_path: Path
) -> None:
    (tmp_path / "books.csv").write_text("title,pages\nA,1\nB,x\n")

    refused = await run("import", "books", "books.csv")
    as_json = await run("import", "books", "books.csv", "--json")

    assert refused.status == as_json.status == 1
    assert "error: 1 row cannot be imported, so none was. [import_failed]" in refused.err
    assert "row 2 /pages: Expected a whole number." in refused.err
    assert json.loads(as_json.out)["errors"][0]["row"] == 2
    assert await shop.titles() == []


async def test_partial_says_by_its_exit_status_that_rows_were_left_out(
    run: Run, shop: Shop, tmp_path: Path
) -> None:
    (tmp_path / "books.csv").write_text("title,pages\nA,1\nB,x\n")

    done = await run("import", "books", "books.csv", "--partial")

    assert (done.status, done.out) == (3, "1 inserted, 0 updated, 1 left out\n")
    assert "row 2 /pages: Expected a whole number." in done.err
    assert await shop.titles() == ["A"]


async def test_upserts_and_dry_runs(run: Run, shop: Shop, tmp_path: Path) -> None:
    await fill(shop)
    (tmp_path / "books.json").write_text('[{"slug": "alpha", "title": "ALPHA"}]')

    dry = await run("import", "books", "books.json", "--upsert", "slug", "--dry-run", "--json")
    assert json.loads(dry.out) == {"inserted": 0, "updated": 1, "failed": 0, "errors": []}
    assert "ALPHA" not in await shop.titles()
    done = await run("import", "books", "books.json", "--upsert", "slug")
    assert done.out == "0 inserted, 1 updated, 0 left out\n"
    assert "ALPHA" in await shop.titles()


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("import", "books", "missing.csv"), 2, "error: missing.csv: No such file or directory"),
        (("import", "books", "books.xls"), 2, "error: books.xls: of which kind?"),
        (("import", "books", "x.csv", "--column", "a"), 2, "error: --column: 'a' is no name="),
        (("export", "books", "out.xls"), 2, "error: out.xls: of which kind?"),
        (("export", "books", "--where", "x"), 2, "error: --where: 'x' has no '='"),
        (("export", "nope", "out.csv"), 1, "error: There is no collection 'nope'."),
        (("export", "books", "--url", "http://127.0.0.1:9"), 6, "cannot be reached"),
        (("export", "books", "--token", "x"), 6, "error: "),
    ],
)
async def test_what_is_wrong_is_one_sentence_and_a_status(
    run: Run, tmp_path: Path, words: tuple[str, ...], status: int, sentence: str
) -> None:
    ended = await run(*words)

    assert ended.status == status, ended
    assert sentence in ended.err
    assert "Traceback" not in ended.err
    assert not (tmp_path / "out.csv").exists()
