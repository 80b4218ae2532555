"""Routes of projects and their settings."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, status

from app.api.deps import (
    AppServices,
    CurrentAdmin,
    CurrentMember,
    ProjectAdmin,
    ProjectOwner,
    RoleRequiredError,
    Session,
)
from app.api.openapi import problems
from app.api.paging import Page, PagingParams
from app.api.routing import ApiRoute
from app.features.projects import service
from app.features.projects.errors import ConfirmationRequiredError, SlugTakenError
from app.features.projects.schemas import ProjectCreate, ProjectRead, ProjectUpdate
from app.features.projects.settings import InvalidSettingsError, ProjectSettings

router = APIRouter(prefix="/api/projects", route_class=ApiRoute, tags=["projects"])


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(SlugTakenError))
async def create_project(data: ProjectCreate, admin: CurrentAdmin, session: Session) -> ProjectRead:
    """Make a project; you become its owner."""
    return await service.create_project(session, admin, data)


@router.get("")
async def list_projects(
    admin: CurrentAdmin, session: Session, paging: PagingParams
) -> Page[ProjectRead]:
    """The projects you are a member of."""
    rows, page = await service.list_projects(session, admin, paging)
    return Page(data=[ProjectRead.model_validate(row) for row in rows], page=page)


@router.get("/{project}")
async def get_project(member: CurrentMember, session: Session) -> ProjectRead:
    """One project, by its id or slug."""
    return await service.get_project(session, member)


@router.patch("/{project}", responses=problems(RoleRequiredError, SlugTakenError))
async def update_project(
    data: ProjectUpdate, member: ProjectAdmin, session: Session
) -> ProjectRead:
    """Change the project's name or slug. The former slug no longer leads here."""
    return await service.update_project(session, member, data)


@router.delete(
    "/{project}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, ConfirmationRequiredError),
)
async def delete_project(
    member: ProjectOwner, session: Session, confirm: str | None = None
) -> None:
    """Erase the project and all of its data, for ever. ``confirm`` is the project's slug."""
    await service.delete_project(session, member, confirm)


@router.post("/{project}/archive", responses=problems(RoleRequiredError))
async def archive_project(member: ProjectAdmin, session: Session) -> ProjectRead:
    """Close the project: its data stays and answers no request."""
    return await service.set_state(session, member, "archived")


@router.post("/{project}/unarchive", responses=problems(RoleRequiredError))
async def unarchive_project(member: ProjectAdmin, session: Session) -> ProjectRead:
    """Open an archived project again."""
    return await service.set_state(session, member, "active")


@router.get("/{project}/settings", responses=problems(RoleRequiredError))
async def get_project_settings(member: ProjectAdmin, session: Session) -> ProjectSettings:
    """The project's settings, with their defaults."""
    return await service.get_settings(session, member)


@router.patch("/{project}/settings", responses=problems(RoleRequiredError, InvalidSettingsError))
async def update_project_settings(
    change: Annotated[dict[str, Any], Body()],
    member: ProjectAdmin,
    session: Session,
    services: AppServices,
) -> ProjectSettings:
    """Merge a change into the settings (RFC 7396): null brings back a default."""
    return await service.change_settings(session, services.sealer, member, change)
