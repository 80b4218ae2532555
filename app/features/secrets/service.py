"""Secrets: keeping, listing, deleting; and opening them for what is sent to other servers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.paging import PageInfo, Paging, fetch_page
from app.api.services import Services
from app.engine.changes.control_log import append_control_entry
from app.engine.identity.principal import Caller
from app.features.projects.service import lock_project
from app.features.secrets.errors import SecretNotFoundError, TooManySecretsError
from app.features.secrets.models import ProjectSecret
from app.features.secrets.schemas import SecretRead, SecretWrite

MOST_SECRETS: Final = 200

_OPEN = """
SELECT name, sealed, hosts FROM backendify.project_secrets
WHERE project_id = $1 AND name = ANY($2)
"""
_NAMES = "SELECT name FROM backendify.project_secrets WHERE project_id = $1 AND name = ANY($2)"


@dataclass(frozen=True, slots=True)
class Secret:
    """An opened secret; ``hosts`` None: it may be sent anywhere."""

    value: str = field(repr=False)
    hosts: frozenset[str] | None


async def put_secret(
    session: AsyncSession, services: Services, caller: Caller, name: str, data: SecretWrite
) -> SecretRead:
    """Raises TooManySecretsError."""
    project_id = caller.project.id
    await lock_project(session, project_id)
    secret = await session.get(ProjectSecret, (project_id, name))
    if secret is None:
        await _check_room(session, project_id)
        secret = ProjectSecret(project_id=project_id, name=name)
        session.add(secret)
    secret.sealed = services.sealer.seal(data.value.encode(), _purpose(project_id, name))
    secret.hosts = data.hosts
    secret.created_by = caller.principal.id
    _log(session, caller, name, "secret.kept")
    await session.flush()
    await session.refresh(secret)
    return _read(secret)


async def list_secrets(
    session: AsyncSession, caller: Caller, paging: Paging
) -> tuple[list[SecretRead], PageInfo]:
    """By name."""
    query = (
        select(ProjectSecret)
        .where(ProjectSecret.project_id == caller.project.id)
        .order_by(ProjectSecret.name)
    )
    rows, page = await fetch_page(session, query, paging)
    return [_read(row[0]) for row in rows], page


async def delete_secret(session: AsyncSession, caller: Caller, name: str) -> None:
    """Raises SecretNotFoundError."""
    secret = await session.get(ProjectSecret, (caller.project.id, name), with_for_update=True)
    if secret is None:
        raise SecretNotFoundError
    await session.delete(secret)
    _log(session, caller, name, "secret.deleted")


async def open_secrets(
    services: Services, project_id: UUID, names: Iterable[str]
) -> Mapping[str, Secret]:
    """Those of the names that there are. Raises UnreadableSecretError."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    rows = await services.database.owner.fetch(_OPEN, project_id, wanted)
    return {
        row["name"]: Secret(
            services.sealer.open(row["sealed"], _purpose(project_id, row["name"])).decode(),
            None if row["hosts"] is None else frozenset(row["hosts"]),
        )
        for row in rows
    }


async def find_missing(
    services: Services, project_id: UUID, names: Iterable[str]
) -> frozenset[str]:
    """Those of the names that there are no secrets of."""
    wanted = frozenset(names)
    if not wanted:
        return wanted
    rows = await services.database.owner.fetch(_NAMES, project_id, list(wanted))
    return wanted - {row["name"] for row in rows}


async def _check_room(session: AsyncSession, project_id: UUID) -> None:
    held = await session.scalar(select(func.count()).where(ProjectSecret.project_id == project_id))
    if (held or 0) >= MOST_SECRETS:
        raise TooManySecretsError(MOST_SECRETS)


def _purpose(project_id: UUID, name: str) -> str:
    return f"secret:{project_id}:{name}"


def _read(secret: ProjectSecret) -> SecretRead:
    return SecretRead(**{name: getattr(secret, name) for name in SecretRead.model_fields})


def _log(session: AsyncSession, caller: Caller, name: str, action: str) -> None:
    actor, project_id = caller.principal.actor, caller.project.id
    append_control_entry(session, actor, action, project_id=project_id, target=name, detail={})
