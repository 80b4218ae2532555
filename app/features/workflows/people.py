"""Who started a run, as its templates see them."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from app.api.services import Services
from app.core.ids import parse_uuid
from app.core.sql import qualified
from app.engine.catalog.model import Catalog
from app.engine.policy.policy import USERS

_ADMINS: Final = "SELECT id, email FROM backendify.admins WHERE id = ANY($1)"
_KEYS: Final = "SELECT id, name FROM backendify.api_keys WHERE id = ANY($1)"


async def describe_actors(
    services: Services, catalog: Catalog, actors: Collection[str | None]
) -> Mapping[str | None, dict[str, Any] | None]:
    """``{"type", "id", …}`` by actor of the change log; an app user with e-mail, name and roles."""
    described: dict[str | None, dict[str, Any] | None] = {}
    wanted: dict[str, dict[UUID, str]] = {}
    for actor in set(actors):
        kind, _, named = (actor or "").partition(":")
        described[actor] = {"type": kind, "id": named or None} if kind else None
        try:
            wanted.setdefault(kind, {})[parse_uuid(named)] = str(actor)
        except ValueError:
            continue
    for kind, ids in wanted.items():
        for row in await _rows(services, catalog, kind, list(ids)):
            more = {name: row[name] for name in row.keys() if name != "id"}  # noqa: SIM118 - a Record
            described[ids[row["id"]]] = {"type": kind, "id": str(row["id"]), **more}
    return described


async def _rows(services: Services, catalog: Catalog, kind: str, ids: list[UUID]) -> Any:
    owner = services.database.owner
    if kind == "admin_user":
        return await owner.fetch(_ADMINS, ids)
    if kind == "api_key":
        return await owner.fetch(_KEYS, ids)
    if kind == "app_user":
        pools = await services.database.placement(catalog.project_id)
        users = qualified(catalog.schema, catalog.collections[USERS].table)
        text = f"SELECT id, email, name, roles FROM {users} WHERE id = ANY($1)"  # noqa: S608 - a quoted name
        return await pools.owner.fetch(text, ids)
    return ()
