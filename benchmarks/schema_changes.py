"""Schema changes of a million rows under mixed traffic: ``python -m benchmarks.schema_changes``.

Readers and writers go on through every change; what counts is that none of their requests fails
and how long the slowest waits. The last change is made by a server that is killed in the middle.
Writes benchmarks/schema_changes.json and docs/performance-schema-changes.md.
"""

import argparse
import asyncio
import itertools
import json
import os
import platform
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.world import ROOT, World, benchmark_world, fill, free_port, serving

PROJECT = "/api/projects/bench"
FIELDS = f"{PROJECT}/collections/items/fields"
CLIENTS = 8
CHANGES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("add a field with a constant default", "POST", FIELDS,
     {"name": "note", "type": "string", "default": "none", "required": True}),
    ("add a relation with its foreign key and index", "POST", FIELDS,
     {"name": "reviewer", "type": "relation", "to": "users"}),
    ("index a field", "PATCH", f"{FIELDS}/price", {"index": True}),
    ("make a field required", "PATCH", f"{FIELDS}/body", {"required": True}),
    ("shorten a field's greatest length", "PATCH", f"{FIELDS}/title", {"max_length": 150}),
    ("change int to decimal", "PATCH", f"{FIELDS}/hits",
     {"type": "decimal", "precision": 14, "scale": 2}),
    ("rename a field", "PATCH", f"{FIELDS}/status", {"name": "state"}),
    ("drop a field", "DELETE", f"{FIELDS}/note", {}),
    ("roll back", "POST", f"{PROJECT}/schema/rollback", {}),
]  # fmt: skip


@dataclass(slots=True)
class Traffic:
    """What the clients saw during one change."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        ordered = sorted(self.seconds) or [0.0]
        return {
            "requests": len(self.seconds),
            "failed": len(self.failures),
            "p99_ms": round(ordered[int(len(ordered) * 0.99) - 1] * 1000, 1),
            "longest_ms": round(ordered[-1] * 1000, 1),
        }


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--rows", type=int, default=1_000_000)
    options = wanted.parse_args()
    folder = Path(tempfile.gettempdir()) / "backendify-schema-bench"
    with benchmark_world(folder, options.rows) as world:
        asyncio.run(fill(world))
        results = asyncio.run(measure(world))
        os.kill(world.server.pid, signal.SIGSTOP)  # so that nobody else takes up the killed job
        try:
            results.append(asyncio.run(killed(world, folder)))
        finally:
            os.kill(world.server.pid, signal.SIGCONT)
    write(results, options.rows)


async def measure(world: World) -> list[dict[str, Any]]:
    results = []
    async with _client(world.base, world.token) as client:
        for name, method, path, body in CHANGES:
            async with traffic(client, world) as seen:
                await asyncio.sleep(1)
                began = time.perf_counter()
                await change(client, method, path, body)
                took = time.perf_counter() - began
                await asyncio.sleep(1)
            results.append({"change": name, "seconds": round(took, 2)} | seen.summary())
            print(results[-1], *seen.failures[:3])
    return results


async def killed(world: World, folder: Path) -> dict[str, Any]:
    """A type change whose server is killed while it copies, and taken up by the next one."""
    port = free_port()
    body = {"type": "int"}
    with serving(folder / "data", port) as server:
        async with _client(f"http://127.0.0.1:{port}", world.token) as client:
            confirm = (await client.patch(f"{FIELDS}/hits", json=body)).json().get("plan_hash")
            starting = client.patch(f"{FIELDS}/hits", json=body, params={"confirm": confirm})
            await starting
            before = await until(client, lambda job: job["done"] > world.rows // 4)
            server.kill()
            server.wait()
    began = time.perf_counter()
    with serving(folder / "data", port):
        async with _client(f"http://127.0.0.1:{port}", world.token) as client:
            resumed = await latest_job(client)
            async with traffic(client, world) as seen:
                await until(client, lambda job: job["status"] == "succeeded")
            drift = (await client.get(f"{PROJECT}/schema/drift")).json()
    assert resumed["done"] >= before["done"]
    assert {each["object"] for each in drift["differences"]} <= {"naive_log"}, drift
    took = time.perf_counter() - began
    name = "change decimal to int, killed at a quarter (kill -9), resumed"
    return {"change": name, "seconds": round(took, 2)} | seen.summary()


async def change(client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]) -> None:
    """Make a change, confirm it if it asks for that, and wait for its jobs."""
    if path.endswith("/rollback"):
        history = (await client.get(f"{PROJECT}/schema/history?limit=2")).json()["data"]
        body = {"version": history[1]["version"]}
    answer = await client.request(method, path, json=body or None)
    if answer.status_code == 422:
        assert "plan_hash" in answer.json(), answer.text
        given = answer.json()["plan_hash"]
        if path.endswith("/rollback"):
            body = body | {"confirm": given}
        params = {} if path.endswith("/rollback") else {"confirm": given}
        answer = await client.request(method, path, json=body or None, params=params)
    answer.raise_for_status()
    await until(client, lambda job: job["status"] not in ("pending", "running"))


async def until(client: httpx.AsyncClient, reached: Any) -> dict[str, Any]:
    """The newest job, once it is as wanted and no older one is open; or {} if there is none."""
    while True:
        jobs = (await client.get(f"{PROJECT}/schema/jobs")).json()["data"]
        older = [job for job in jobs[1:] if job["status"] in ("pending", "running")]
        if not jobs or (reached(jobs[0]) and not older):
            return jobs[0] if jobs else {}
        await asyncio.sleep(0.05)


async def latest_job(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"{PROJECT}/schema/jobs")).json()["data"][0]
    return found


@asynccontextmanager
async def traffic(client: httpx.AsyncClient, world: World) -> AsyncIterator[Traffic]:
    """Reads by id, lists, creates and updates, from several clients at once, until the block ends."""
    seen, stop = Traffic(), asyncio.Event()
    ids = itertools.cycle(world.ids(2_000))

    async def act() -> None:
        kinds = itertools.cycle(("get", "list", "patch", "get", "create"))
        while not stop.is_set():
            method, path, body = _request(next(kinds), next(ids), world.url)
            began = time.perf_counter()
            try:
                answer = await client.request(method, path, json=body)
            except httpx.HTTPError as error:
                seen.failures.append(f"{method} {path}: {error!r}")
                continue
            seen.seconds.append(time.perf_counter() - began)
            if not answer.is_success:
                seen.failures.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")

    clients = [asyncio.create_task(act()) for _ in range(CLIENTS)]
    yield seen
    stop.set()
    await asyncio.gather(*clients)


def _request(kind: str, record: str, url: str) -> tuple[str, str, Any]:
    if kind == "get":
        return "GET", f"{url}/{record}", None
    if kind == "list":
        return "GET", f"{url}?status=draft&limit=20", None
    if kind == "patch":
        return "PATCH", f"{url}/{record}", {"hits": 7}
    return "POST", url, {"title": "A new item", "body": "lorem", "price": 12.5, "hits": 1}


def _client(base: str, token: str) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=base, headers=headers, timeout=60, trust_env=False)


def write(results: list[dict[str, Any]], rows: int) -> None:
    machine = {"cpus": os.cpu_count(), "python": platform.python_version()}
    told = {"rows": rows, "clients": CLIENTS, "machine": machine, "changes": results}
    Path(__file__).with_suffix(".json").write_text(json.dumps(told, indent=2) + "\n")
    lines = [
        f"| {r['change']} | {r['seconds']} s | {r['requests']} | {r['failed']} | {r['p99_ms']} ms "
        f"| {r['longest_ms']} ms |"
        for r in results
    ]
    page = f"""# Schema changes under traffic

{rows:,} rows of about 400 bytes, {CLIENTS} clients reading (by id and lists), creating and updating
without pause, everything on {machine["cpus"]} cores. Made by `python -m benchmarks.schema_changes`.

| change | took | requests meanwhile | failed | p99 | longest |
|---|---|---|---|---|---|
{chr(10).join(lines)}
"""
    (ROOT / "docs" / "performance-schema-changes.md").write_text(page)


if __name__ == "__main__":
    main()
