"""Everyone who may come to a project's routes, and what there is to reach, change and leak.

The cast lives in two projects with the same schema: the ``victim``'s, and an ``other`` one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid4

import httpx

from app.core.db import Database
from app.core.ids import project_schema
from tests.architecture.routes import Route
from tests.conftest import Admin, TestProject
from tests.features.policies.world import COLLECTIONS
from tests.features.users.app_users import AppUser, World
from tests.people import Person, invited
from tests.schemas import apply_schema
from tests.waiting import until

PARAMETER = re.compile(r"\{(\w+)\}")
NO_STATE: Final = ("last_used_at", "last_seen_at", "last_login_at")
"""Columns that tell of use: whoever comes with good credentials leaves a trace in them."""

Headers = dict[str, str]


@dataclass
class Side:
    """One of the two projects: its people's credentials, and real ids for its routes' paths."""

    project: TestProject
    world: World
    owner: Any
    viewer: Person
    user: AppUser
    narrow_key: str
    service_key: str
    ids: Mapping[str, str]

    def path(self, route: Route, ref: str | None = None, **ids: str) -> str:
        """The route's path with real ids of this project, or those given."""
        known = {"project": ref or self.project.slug, **self.ids, **ids}
        return PARAMETER.sub(lambda found: known.get(found[1], str(uuid4())), route.path)


@dataclass
class Cast:
    victim: Side
    other: Side
    database: Database

    async def checksum(self) -> str:
        """Of the victim's tables, and of every row the installation holds of the victim."""
        digest, project = sha256(), self.victim.project.id
        owner = self.database.owner
        for text in await self._texts(project):
            digest.update(repr(await owner.fetch(text)).encode())
        return digest.hexdigest()

    async def settle(self) -> None:
        """Until the mails that the victim's people are owed have gone, and the readers of the log
        have taken what it has."""
        project = self.victim.project.id
        schema = project_schema(project)
        queued = "SELECT count(*) FROM backendify.mails WHERE state = 'queued' AND project_id = $1"
        untaken = (
            "SELECT count(*) FROM backendify.log_cursors WHERE project_id = $1 AND seq <"
            f' (SELECT count(*) FROM "{schema}"._changes)'
        )

        async def is_quiet() -> bool:
            left = [await self.database.owner.fetchval(q, project) for q in (queued, untaken)]
            return not any(left)

        await until(is_quiet)

    async def _texts(self, project: UUID) -> list[str]:
        owner, schema = self.database.owner, project_schema(project)
        names = await owner.fetch(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = $1 AND table_name NOT IN ('_relay', '_changes') ORDER BY 1",
            schema,
        )
        held = await owner.fetch(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'backendify'"
            # Requests are counted, whoever sends them.
            " AND column_name = 'project_id' AND table_name <> 'request_minutes' ORDER BY 1"
        )
        cut = "".join(f" - '{name}'" for name in NO_STATE)
        rows = f"SELECT to_jsonb(t){cut} FROM"
        texts = [f'{rows} "{schema}"."{row[0]}" t ORDER BY 1' for row in names]
        texts.append(f'SELECT n, action, record_id FROM "{schema}"._changes ORDER BY 1')
        texts.append(f"SELECT to_jsonb(t) FROM backendify.projects t WHERE id = '{project}'")
        texts += [
            f"{rows} backendify.{row[0]} t WHERE project_id = '{project}' ORDER BY 1"
            for row in held
        ]
        return texts


async def assemble(app: Any, admin: Admin, anyone: httpx.AsyncClient, database: Database) -> Cast:
    victim_project = await _project(admin.client)
    other_project = await _project(admin.client)
    intruder = await invited(app, admin.client, other_project.url, "owner")
    intruding = Admin(intruder.client, intruder.headers, intruder.tokens["user"], intruder.email)
    victim = await _side(app, admin, victim_project, anyone)
    other = await _side(app, intruding, other_project, anyone)
    return Cast(victim, other, database)


async def call(
    client: httpx.AsyncClient, route: Route, path: str, headers: Headers, **more: Any
) -> httpx.Response:
    body: dict[str, Any] | None = {} if route.takes_body else None
    return await client.request(route.method, path, json=body, headers=headers | more)


async def _project(client: httpx.AsyncClient) -> TestProject:
    slug = f"p-{uuid4().hex[:12]}"
    made = await client.post("/api/projects", json={"name": slug, "slug": slug})
    assert made.status_code == 201, made.text
    return TestProject(UUID(made.json()["id"]), slug)


async def _side(app: Any, owner: Admin, project: TestProject, anyone: httpx.AsyncClient) -> Side:
    await apply_schema(owner, project, *COLLECTIONS)
    world = World(owner, project, anyone)
    viewer = await invited(app, owner.client, project.url, "viewer")
    user = await world.sign_up()
    await world.mail(user.email, "verify_email")
    narrow, service = [await _key(owner, project, scope) for scope in ("posts:list", "*:*")]
    ids = await _ids(owner, project, user, viewer, narrow["id"])
    return Side(project, world, owner, viewer, user, narrow["key"], service["key"], ids)


async def _key(owner: Admin, project: TestProject, scope: str) -> dict[str, Any]:
    body = {"name": scope, "scopes": [scope]}
    made: dict[str, Any] = await _made(owner, f"{project.url}/api-keys", body)
    return made


async def _ids(
    owner: Admin, project: TestProject, user: AppUser, viewer: Person, key_id: str
) -> dict[str, str]:
    """Ids that there are, for each parameter of a path that has one."""
    url = project.url
    post = await _made(owner, f"{url}/data/posts", {"title": "sealed", "secret_note": "CNRY-1"})
    offer = {"email": f"{uuid4().hex}@example.com", "role": "viewer"}
    policy = {"name": "p", "collection": "tags", "actions": ["list"], "principals": ["role:vip"]}
    await _made(owner, f"{url}/roles", {"name": "vip"})
    trial = {"action": "list", "collection": "tags"}
    case = {"name": "t", "as": {"anonymous": True}, "do": trial, "expect": {"allowed": False}}
    posts = (await owner.client.get(f"{url}/collections/posts")).json()
    sessions = (await owner.client.get(f"{url}/users/{user.id}/sessions")).json()
    mails = (await owner.client.get(f"{url}/mailbox")).json()["data"]
    target = {"url": "https://hooks.example.com/", "events": ["*"], "enabled": False}
    webhook = await _made(owner, f"{url}/webhooks", target)
    delivery = await _made(owner, f"{url}/webhooks/{webhook['id']}/test", {})
    steps = [{"id": "rest", "action": "delay", "with": {"days": 1}}]
    flow = {"name": "f", "trigger": {"type": "manual"}, "steps": steps}
    workflow = await _made(owner, f"{url}/workflows", flow)
    run = await _made(owner, f"{url}/workflows/{workflow['id']}/run", {})
    hook = {"name": "h", "trigger": {"type": "webhook"}, "steps": steps}
    hooked = await _made(owner, f"{url}/workflows", hook)
    return {
        "collection": "posts",
        "id": post["id"],
        "field": "title",
        "field_id": next(f["id"] for f in posts["fields"] if f["name"] == "title"),
        "user_id": user.id,
        "admin_id": viewer.id,
        "key_id": key_id,
        "invitation_id": (await _made(owner, f"{url}/invitations", offer))["id"],
        "policy_id": (await _made(owner, f"{url}/policies", policy))["id"],
        "test_id": (await _made(owner, f"{url}/policies/tests", case))["id"],
        "session_id": sessions["data"][0]["id"],
        "mail_id": mails[0]["id"],
        "webhook_id": webhook["id"],
        "delivery_id": delivery["id"],
        "workflow_id": workflow["id"],
        "run_id": run["id"],
        "secret": hooked["hook_url"].rpartition("/")[2],
        "kind": "otp",
        "locale": "en",
        "template": "public_read",
        "version": "1",
        "name": "vip",
        "provider": "google",
    }


async def _made(owner: Admin, url: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await owner.client.post(url, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
