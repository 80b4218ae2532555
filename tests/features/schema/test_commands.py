"""``backendify schema`` against a running server, as its own process."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml

from tests.conftest import Admin, TestProject

SCHEMA = {
    "collections": [
        {
            "name": "posts",
            "fields": [
                {"name": "title", "type": "string", "required": True},
                {"name": "day", "type": "date", "default": "2026-01-31"},
            ],
        }
    ]
}


@dataclass(frozen=True, slots=True)
class Ended:
    status: int
    out: str
    err: str


Run = Callable[..., Awaitable[Ended]]


@pytest.fixture(scope="session")
async def address(app: Any) -> AsyncIterator[str]:
    """The application on a loopback port."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
def run(address: str, admin: Admin, project: TestProject, tmp_path: Path) -> Run:
    """Runs ``backendify schema …`` in an empty directory."""

    async def command(*words: str) -> Ended:
        environment = {
            **os.environ,
            "BACKENDIFY_URL": address,
            "BACKENDIFY_TOKEN": admin.headers["Authorization"].removeprefix("Bearer "),
            "BACKENDIFY_PROJECT": project.slug,
            "PYTHONPATH": str(Path(__file__).parents[3]),
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from app.cli import main; main()", "schema", *words),
            cwd=tmp_path,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), err.decode())

    return command


def write(tmp_path: Path, schema: dict[str, Any]) -> None:
    (tmp_path / "backendify.yaml").write_text(yaml.safe_dump(schema))


async def test_a_file_is_planned_applied_and_pulled_back(run: Run, tmp_path: Path) -> None:
    write(tmp_path, SCHEMA)

    planned = await run("plan")
    applied = await run("apply", "--yes", "--json")
    again = await run("plan", "--json")
    pulled = await run("pull", "--file", "-")

    assert (planned.status, "CREATE TABLE" in planned.out) == (3, True), planned.err
    assert applied.status == 0, applied.err
    assert json.loads(applied.out)["version"] == 2
    assert (again.status, json.loads(again.out)["steps"]) == (0, [])
    shown = yaml.safe_load(pulled.out)["collections"]
    assert [c["name"] for c in shown] == ["posts"]
    assert "id" not in shown[0]
    assert shown[0]["fields"] == SCHEMA["collections"][0]["fields"]


async def test_without_anybody_to_ask_it_says_what_to_give(run: Run, tmp_path: Path) -> None:
    write(tmp_path, SCHEMA)

    refused = await run("apply")

    assert (refused.status, "CREATE TABLE" in refused.out) == (1, True)
    assert "hint: nobody answered; --yes applies without asking" in refused.err
    assert (await run("plan")).status == 3


async def test_a_file_renames_by_saying_the_former_name(run: Run, tmp_path: Path) -> None:
    write(tmp_path, SCHEMA)
    await run("apply", "--yes")
    renamed = json.loads(json.dumps(SCHEMA))
    renamed["collections"][0]["fields"][0] |= {"name": "headline", "renamed_from": "title"}
    write(tmp_path, renamed)

    planned = await run("plan", "--json")
    applied = await run("apply", "--yes")

    kinds = [step["kind"] for step in json.loads(planned.out)["steps"]]
    assert kinds == ["rename_fields", "set_aliases"]
    assert applied.status == 0, applied.err
    assert (await run("plan")).status == 0


async def test_losing_data_needs_the_hash_of_the_plan(run: Run, tmp_path: Path) -> None:
    write(tmp_path, SCHEMA)
    await run("apply", "--yes")
    write(tmp_path, {"collections": []})

    refused = await run("apply", "--yes")
    plan = json.loads((await run("plan", "--json")).out)
    confirmed = await run("apply", "--yes", "--confirm", plan["plan_hash"])

    assert (refused.status, "schema_unsafe_change" in refused.err) == (4, True)
    assert confirmed.status == 0, confirmed.err


async def test_keep_others_leaves_what_the_file_omits(run: Run, tmp_path: Path) -> None:
    write(tmp_path, SCHEMA)
    await run("apply", "--yes")
    write(tmp_path, {"collections": [{"name": "tags"}]})

    planned = await run("plan", "--keep-others", "--json")

    assert [step["kind"] for step in json.loads(planned.out)["steps"]] == ["create_collection"]


async def test_history_diff_and_rollback(run: Run, tmp_path: Path) -> None:
    write(tmp_path, SCHEMA)
    await run("apply", "--yes")

    listed = await run("history")
    between = await run("diff", "1", "2", "--json")
    refused = await run("rollback", "1", "--yes")

    assert [line.split()[0] for line in listed.out.splitlines()] == ["2", "1"]
    assert (between.status, len(json.loads(between.out)["steps"])) == (3, 1)
    assert refused.status == 4


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        ("collections: [", 2, "no YAML"),
        ("tables: []", 2, "no 'collections'"),
        ("collections: [{name: Bad}]", 1, "/schema/collections/0/name"),
    ],
)
async def test_a_bad_file_is_told_with_its_place(
    run: Run, tmp_path: Path, text: str, status: int, told: str
) -> None:
    (tmp_path / "backendify.yaml").write_text(text)

    ended = await run("plan")

    assert (ended.status, told in ended.err) == (status, True), ended.err


async def test_a_server_that_is_not_there_is_told(run: Run) -> None:
    ended = await run("history", "--url", "http://127.0.0.1:9")

    assert (ended.status, "cannot be reached" in ended.err) == (6, True)
