"""No answer and no log line holds what proves somebody to be somebody."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pyotp
import pytest

from app.core.config import Settings
from app.core.db import Database
from app.core.ids import project_schema
from app.core.logging import configure_logging
from app.main import create_app
from tests.architecture.routes import list_routes
from tests.conftest import Admin, TestProject
from tests.features.users.app_users import OTHER_PASSWORD, PASSWORD, AppUser, World
from tests.running import client_for, lifespan
from tests.scenarios.cast import Cast, assemble, call

KEPT = "(hash|secret|recovery|public_key|password)"
"""What the columns are called that hold secrets, or their hashes."""


@pytest.fixture(scope="module")
async def cast(app: Any, admin: Admin, client: httpx.AsyncClient, database: Database) -> Cast:
    return await assemble(app, admin, client, database)


async def test_no_answer_holds_a_secret_or_its_hash(
    app: Any, cast: Cast, database: Database, client: httpx.AsyncClient
) -> None:
    """Every route that reads, asked by an owner and by a user of their own account."""
    side = cast.victim
    given, user = await _enrolled(side.world)
    provider = {"type": "google", "client_id": "id", "client_secret": f"cs-{uuid4().hex}"}
    await side.world.settings(providers={"google": provider})
    given.append(provider["client_secret"])
    secrets = {*given, *await _stored(database, side.project), side.narrow_key, side.service_key}
    assert len(secrets) > 12
    await cast.settle()
    seen = 0
    for headers in (side.owner.headers, user.headers):
        for route in list_routes(app):
            if route.method != "GET" or "mailbox" in route.path or route.streams:
                continue
            answer = await call(client, route, side.path(route), dict(headers))
            seen += answer.status_code == 200
            for secret in secrets:
                assert secret not in answer.text, (str(route), secret)
    assert seen > 60
    for path in ("data/users/export?format=csv", "data/users?count=exact", "changes?since=0",
                 f"data/users/{user.id}/history", "data/users?fields=*"):  # fmt: skip
        answer = await side.owner.client.get(f"{side.project.url}/{path}")
        for secret in secrets:
            assert secret not in answer.text, path


async def _enrolled(world: World) -> tuple[list[str], AppUser]:
    """A user with a second factor, and what they were told once."""
    user = await world.verified()
    begun = (await user.ask("POST", "mfa", {"type": "totp"})).json()
    code = {"code": pyotp.TOTP(begun["secret"]).now()}
    assert (await user.ask("POST", "mfa/confirm", code)).status_code == 204
    told = [PASSWORD, begun["secret"], *begun["recovery_codes"], user.tokens["refresh_token"]]
    return told, user


async def _stored(database: Database, project: TestProject) -> set[str]:
    """The values of all columns that hold secrets, of the project and of the installation."""
    columns = await database.owner.fetch(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns"
        " WHERE table_schema IN ($1, 'backendify') AND column_name ~ $2",
        project_schema(project.id),
        KEPT,
    )
    values: set[str] = set()
    for schema, table, column in columns:
        if table == "schema_versions":  # whose hash is public
            continue
        found = await database.owner.fetch(f'SELECT "{column}"::text FROM "{schema}"."{table}"')
        values |= {row[0] for row in found if row[0] and len(row[0]) >= 16}
    return values


async def test_no_log_line_holds_a_secret(
    settings: Settings, world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    """All flows of signing in and of keys, at the level at which everything is told."""
    with _told_everything(settings) as noisy:
        application = create_app(noisy)
        async with lifespan(application), client_for(application) as client:
            secrets = await _all_flows(World(world.admin, world.project, client), client)
            await asyncio.sleep(0.3)  # the access log is written in batches
    logged = "".join(capfd.readouterr())
    assert '"route":"/api/projects/{project}/auth/login"' in logged
    for name, secret in secrets.items():
        assert secret not in logged, name


@contextmanager
def _told_everything(settings: Settings) -> Iterator[Settings]:
    """Settings under which all is logged, as long as the block lasts."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    noisy = settings.model_copy(update={"log_level": "debug"})
    configure_logging(noisy)
    try:
        yield noisy
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.fixture
def world(admin: Admin, project: TestProject, client: httpx.AsyncClient) -> World:
    return World(admin, project, client)


async def _all_flows(world: World, client: httpx.AsyncClient) -> dict[str, str]:
    user = await world.sign_up()
    secrets = {"password": PASSWORD, "access": user.tokens["access_token"]}
    secrets["verify"] = await world.token(user.email, "verify_email")
    await world.post("verify", {"token": secrets["verify"]})
    await world.post("password/forgot", {"email": user.email})
    secrets["reset"] = await world.token(user.email, "reset_password")
    body = {"token": secrets["reset"], "password": OTHER_PASSWORD}
    await world.post("password/reset", body)
    secrets["new password"] = OTHER_PASSWORD
    await world.post("magic-link", {"email": user.email})
    secrets["link"] = await world.token(user.email, "magic_link")
    await world.post("magic-link/verify", {"token": secrets["link"]})
    await world.post("magic-link/verify", {"token": secrets["link"]})
    await world.post("login", {"email": user.email, "password": "wr0ng-staple"})
    secrets["wrong password"] = "wr0ng-staple"
    fresh = await world.log_in(user.email, OTHER_PASSWORD)
    secrets["refresh"] = fresh.tokens["refresh_token"]
    await fresh.refresh()
    begun = (await fresh.ask("POST", "mfa", {"type": "totp"})).json()
    secrets |= {"totp": begun["secret"], "recovery": begun["recovery_codes"][0]}
    await fresh.ask("POST", "mfa/confirm", {"code": begun["recovery_codes"][0]})
    return secrets | await _keys_and_faults(world, client)


async def _keys_and_faults(world: World, client: httpx.AsyncClient) -> dict[str, str]:
    url = world.project.url
    made = await world.admin.client.post(f"{url}/api-keys", json={"name": "k", "scopes": ["*:*"]})
    key = made.json()["key"]
    secret = key.rpartition("_")[2]
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        for path in ("data/users", "data/nope", f"data/users?key={key}", "data/users?x=%zz"):
            await client.get(f"{url}/{path}", headers=headers | {"Cookie": "s=c00kie-value"})
    offer = {"email": f"{uuid4().hex}@example.com", "role": "viewer"}
    invited = await world.admin.client.post(f"{url}/invitations", json=offer)
    token = invited.json()["token"]
    await client.post(f"/api/invitations/{token}/accept", headers=world.admin.headers)
    broken = b'{"email": "a@x.test", "password": "br0ken-staple'
    await client.post("/api/auth/login", content=broken)
    return {
        "key": secret,
        "invitation": token,
        "cookie": "c00kie-value",
        "broken": "br0ken-staple",
        "admin": world.admin.headers["Authorization"].removeprefix("Bearer "),
    }
