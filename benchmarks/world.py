"""The benchmark's world: a server of its own, a project, a million rows, made through the API and
then filled by SQL."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

ROOT = Path(__file__).resolve().parent.parent
SECRET = secrets.token_hex(32)
ITEMS: list[dict[str, Any]] = [
    {"name": "categories", "fields": [{"name": "name", "type": "string"}]},
    {
        "name": "items",
        "fields": [
            {"name": "title", "type": "string", "required": True, "max_length": 200},
            {"name": "body", "type": "text"},
            {"name": "price", "type": "decimal", "precision": 10, "scale": 2, "default": 0},
            {"name": "hits", "type": "int", "default": 0},
            {"name": "status", "type": "enum", "values": ["draft", "published", "archived"],
             "default": "draft"},
            {"name": "category", "type": "relation", "to": "categories", "on_delete": "restrict"},
            {"name": "author", "type": "relation", "to": "users", "on_delete": "set_null"},
        ],
        "indexes": [{"fields": ["status", "-created_at"]}],
    },
]  # fmt: skip

POLICIES: list[dict[str, Any]] = [
    {
        "name": "users see most fields of what is theirs, or has hits", "collection": "items",
        "actions": ["list", "read"], "principals": ["app_user"],
        "where": {"or": [{"author": "$user.id"}, {"hits__gte": 0}]},
        "fields": ["title", "body", "price", "hits", "status", "category", "author", "created_at"],
    },
    {
        "name": "users write items of their own", "collection": "items", "actions": ["create"],
        "principals": ["app_user"], "check": {"author": "$user.id"},
        "fields": ["title", "body", "price", "hits", "status", "category"],
        "presets": {"author": "$user.id"},
    },
]  # fmt: skip


@dataclass(slots=True)
class World:
    """A running server and the way to its project."""

    base: str
    token: str
    user_token: str
    schema: str
    data: Path
    server: subprocess.Popen[bytes]
    rows: int
    started_seconds: float

    @property
    def url(self) -> str:
        return "/api/projects/bench/data/items"

    @property
    def postmaster(self) -> int:
        return int(next(self.data.glob("pg*/postmaster.pid")).read_text().split("\n")[0])

    @property
    def socket(self) -> str:
        return str(self.data / "run")

    def ids(self, count: int) -> list[str]:
        """Ids of rows, spread over the table."""
        step = max(1, self.rows // count)
        return [str(UUID(md5(str(n).encode()).hexdigest())) for n in range(1, self.rows, step)]  # noqa: S324 - ids

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            host=self.socket, user="backendify", database="backendify", timeout=30
        )


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(data: Path, port: int, *, workers: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    """``backendify serve`` until the block ends; answers once it is ready."""
    environment = os.environ | {
        "BACKENDIFY_JWT_SECRET": SECRET,
        "BACKENDIFY_DATA_DIR": str(data),
        "BACKENDIFY_LOG_LEVEL": "info",
        "BACKENDIFY_RATE_LIMITS": "off",
        "BACKENDIFY_ACCESS_TOKEN_EXPIRE_MINUTES": "600",
    }
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    with (data.parent / "serve.log").open("ab") as log:
        server = subprocess.Popen(
            [*command, "--workers", str(workers)], cwd=ROOT, env=environment, stderr=log, stdout=log
        )
        try:
            wait_ready(f"http://127.0.0.1:{port}")
            yield server
        finally:
            server.terminate()
            server.wait(60)


def wait_ready(base: str, seconds: float = 120) -> float:
    """Seconds until ``/readyz`` answered."""
    with httpx.Client() as client:  # made once: each reads the world's certificates
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            with suppress(httpx.HTTPError):
                if client.get(f"{base}/readyz").status_code == 200:
                    return time.perf_counter() - began
            time.sleep(0.02)
    raise SystemExit("The server did not start; see serve.log.")


@contextmanager
def benchmark_world(folder: Path, rows: int) -> Iterator[World]:
    """A fresh data directory, a first start that makes it, and a second one that is measured."""
    shutil.rmtree(folder, ignore_errors=True)
    data = folder / "data"
    data.mkdir(parents=True)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with serving(data, port):
        token, user_token, schema = _make_project(base)
    began = time.perf_counter()
    with serving(data, port) as server:
        started = time.perf_counter() - began
        yield World(base, token, user_token, schema, data, server, rows, started)


def _make_project(base: str) -> tuple[str, str, str]:
    """The tokens of a member and of an app user, and the project's Postgres schema."""
    with httpx.Client(base_url=base, timeout=60) as client:
        account = {"email": "bench@example.com", "password": secrets.token_urlsafe(24)}
        token = client.post("/api/auth/register", json=account).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        made = client.post("/api/projects", json={"name": "bench", "slug": "bench"}).json()
        held = client.get("/api/projects/bench/schema").json()
        wanted = [*held["schema"]["collections"], *ITEMS]
        body = {"base": held["hash"], "schema": {"collections": wanted}}
        client.post("/api/projects/bench/schema/apply", json=body).raise_for_status()
        for policy in POLICIES:
            client.post("/api/projects/bench/policies", json=policy).raise_for_status()
        path = "/api/projects/bench/auth/register"
        user = httpx.post(f"{base}{path}", json=account, timeout=60).json()
    return token, user["access_token"], f"p_{UUID(made['id']).hex}"


async def fill(world: World) -> None:
    """A million rows of about 400 bytes of JSON each, a hundred categories, a thousand users."""
    connection = await world.connect()
    s = world.schema
    await connection.execute(
        f"INSERT INTO {s}.categories (id, name) "
        "SELECT md5('c' || i)::uuid, 'Category ' || i FROM generate_series(0, 99) i"
    )
    await connection.execute(
        f"INSERT INTO {s}.users (id, email, name) SELECT md5('u' || i)::uuid, "
        "'user' || i || '@example.com', 'User ' || i FROM generate_series(0, 999) i"
    )
    await connection.execute(
        f"INSERT INTO {s}.items (id, title, body, price, hits, status, category_id, author_id, "
        "created_at) SELECT md5(i::text)::uuid, 'Item number ' || i, repeat('lorem ipsum ', 8), "
        "(i % 10000) / 100.0, i % 1000, (ARRAY['draft','published','archived'])[1 + i % 3], "
        "md5('c' || i % 100)::uuid, md5('u' || i % 1000)::uuid, now() - i * interval '1 second' "
        f"FROM generate_series(1, {world.rows}) i",
        timeout=900,
    )
    await connection.execute(
        f"CREATE TABLE {s}.naive_log (n bigserial PRIMARY KEY, action text NOT NULL, "
        "record_id text NOT NULL, image jsonb NOT NULL)"
    )
    await connection.execute(f"VACUUM ANALYZE {s}.items", timeout=300)
    await connection.close()
