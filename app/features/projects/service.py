"""Projects: made with their Postgres schema in one transaction, and erased with it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from asyncpg import Connection
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import Select, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import SignedInAdmin
from app.api.paging import PageInfo, Paging, fetch_page
from app.core.crypto import Sealer
from app.core.engine import driver_connection
from app.core.ids import uuid7
from app.core.pools import Pool
from app.engine.changes.control_log import append_control_entry
from app.engine.identity.access import announce_access_change
from app.engine.identity.principal import Caller
from app.engine.schema.provision import create_project_schema, drop_project_schema
from app.features.policies.service.definitions import create_default_policies
from app.features.projects.errors import ConfirmationRequiredError, SlugTakenError
from app.features.projects.models import Placement, Project
from app.features.projects.providers import ProviderSettings as ProviderSettings
from app.features.projects.providers import seal_secrets, secret_purpose
from app.features.projects.schemas import ProjectCreate, ProjectRead, ProjectUpdate
from app.features.projects.settings import (
    InvalidSettingsError,
    merge_settings,
    read_settings,
    stored_form,
)
from app.features.projects.settings import ProjectSettings as ProjectSettings
from app.features.projects.slugs import slug_from_name
from app.features.team import service as team

_NUMBERED_SLUGS: Final = 20
_SETTINGS: Final = "SELECT settings::text FROM backendify.projects WHERE id = $1"
_LOCK = text("SELECT FROM backendify.projects WHERE id = :id FOR NO KEY UPDATE")
_DROP_LOCK_WAIT = text("SET LOCAL lock_timeout = '3s'")


async def create_project(
    session: AsyncSession, admin: SignedInAdmin, data: ProjectCreate
) -> ProjectRead:
    """Make a project, its empty schema, and the admin its owner. Raises SlugTakenError."""
    project = await _insert_project(session, data)
    session.add(Placement(project_id=project.id))
    await team.insert_member(session, project.id, admin.id, "owner")
    connection = await driver_connection(session)
    await create_project_schema(connection, project.id)
    await create_default_policies(connection, project.id)
    append_control_entry(
        session,
        admin.principal.actor,
        "project.created",
        project_id=project.id,
        target=project.slug,
        detail={"name": project.name},
    )
    await session.refresh(project)
    return _as_read(project, "owner")


async def list_projects(
    session: AsyncSession, admin: SignedInAdmin, paging: Paging
) -> tuple[Sequence[Any], PageInfo]:
    """Those the admin is a member of, the newest first."""
    query = _with_role(admin.id).order_by(Project.id.desc())
    return await fetch_page(session, query, paging)


async def get_project(session: AsyncSession, caller: Caller) -> ProjectRead:
    return _as_read(await session.get_one(Project, caller.project.id), caller.role)


async def update_project(session: AsyncSession, caller: Caller, data: ProjectUpdate) -> ProjectRead:
    """Change the name or the slug. Raises SlugTakenError."""
    changes = data.model_dump(exclude_none=True)
    if not changes:
        return await get_project(session, caller)
    try:
        return await _change(session, caller, "project.updated", changes)
    except IntegrityError as error:
        raise SlugTakenError(str(data.slug)) from error


async def set_state(
    session: AsyncSession, caller: Caller, state: Literal["active", "archived"]
) -> ProjectRead:
    """Archive the project, or open it again: an archived one answers no data request."""
    action = "project.archived" if state == "archived" else "project.unarchived"
    return await _change(session, caller, action, {"state": state})


async def delete_project(session: AsyncSession, caller: Caller, confirm: str | None) -> None:
    """Erase the project and everything in it. Raises ConfirmationRequiredError."""
    if confirm != caller.project.slug:
        raise ConfirmationRequiredError
    await session.execute(_DROP_LOCK_WAIT)
    project = await session.get_one(Project, caller.project.id, with_for_update=True)
    await session.delete(project)
    await session.flush()
    await drop_project_schema(await driver_connection(session), project.id)
    _log(session, caller, "project.deleted", {"slug": project.slug, "name": project.name})
    await announce_access_change(session, project.id)


async def get_settings(session: AsyncSession, caller: Caller) -> ProjectSettings:
    query = select(Project.settings).where(Project.id == caller.project.id)
    return read_settings((await session.execute(query)).scalar_one())


async def change_settings(
    session: AsyncSession, sealer: Sealer, caller: Caller, change: Mapping[str, Any]
) -> ProjectSettings:
    """Merge a change into the settings. Raises InvalidSettingsError."""
    query = select(Project.settings).where(Project.id == caller.project.id).with_for_update()
    stored = (await session.execute(query)).scalar_one()
    sealed, faults = seal_secrets(sealer, caller.project.id, stored, change)
    merged = merge_settings(stored, sealed)
    if faults:
        raise InvalidSettingsError("The settings are not valid.", errors=faults)
    await session.execute(
        update(Project).where(Project.id == caller.project.id).values(settings=stored_form(merged))
    )
    _log(session, caller, "project.settings_changed", {"changed": sorted(change)})
    await announce_access_change(session, caller.project.id)
    return merged


async def load_settings(
    pool: Pool | Connection | PoolConnectionProxy, project_id: UUID
) -> ProjectSettings:
    """A project's settings, for what is done without its admins; defaults if it is gone."""
    stored = await pool.fetchval(_SETTINGS, project_id)
    return read_settings(json.loads(stored or "{}"))


def open_client_secret(
    sealer: Sealer, project_id: UUID, name: str, provider: ProviderSettings
) -> str | None:
    """The client secret of the provider ``name``, decrypted. Raises UnreadableSecretError."""
    if provider.client_secret is None:
        return None
    purpose = secret_purpose(project_id, name, provider.model_dump())
    return sealer.open(provider.client_secret, purpose).decode()


async def _insert_project(session: AsyncSession, data: ProjectCreate) -> Project:
    """Take the slug that was asked for, or the first free one that the name suggests."""
    if data.slug is not None:
        candidates = [data.slug]
    else:
        base = slug_from_name(data.name)
        candidates = [base, *(f"{base}-{n}" for n in range(2, _NUMBERED_SLUGS))]
        candidates.append(f"{base[:40]}-{uuid7().hex[-12:]}")
    for slug in candidates:
        statement = (
            insert(Project)
            .values(id=uuid7(), name=data.name, slug=slug)
            .on_conflict_do_nothing(index_elements=[Project.slug])
            .returning(Project)
        )
        project = await session.scalar(statement)
        if project is not None:
            return project
    raise SlugTakenError(candidates[0])


async def _change(
    session: AsyncSession, caller: Caller, action: str, changes: dict[str, Any]
) -> ProjectRead:
    project = await session.get_one(Project, caller.project.id, with_for_update=True)
    for name, value in changes.items():
        setattr(project, name, value)
    _log(session, caller, action, changes)
    await session.flush()
    await session.refresh(project)
    await announce_access_change(session, project.id)
    return _as_read(project, caller.role)


def _with_role(admin_id: UUID) -> Select[*tuple[Any, ...]]:
    shown = [getattr(Project, name) for name in ProjectRead.model_fields if name != "role"]
    memberships = team.memberships_of(admin_id)
    return select(*shown, memberships.c.role).join(
        memberships, memberships.c.project_id == Project.id
    )


def _as_read(project: Project, role: str | None) -> ProjectRead:
    shown = {name: getattr(project, name) for name in ProjectRead.model_fields if name != "role"}
    return ProjectRead.model_validate(shown | {"role": role})


def _log(session: AsyncSession, caller: Caller, action: str, detail: Mapping[str, Any]) -> None:
    append_control_entry(
        session,
        caller.principal.actor,
        action,
        project_id=caller.project.id,
        target=caller.project.slug,
        detail=detail,
    )


async def lock_project(session: AsyncSession, project_id: UUID) -> None:
    """One transaction at a time, of those that ask: what counts before it inserts."""
    await session.execute(_LOCK, {"id": project_id})
