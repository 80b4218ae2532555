"""Routes of API keys: for members with the role admin; a key opens none of them."""

from uuid import UUID

from fastapi import APIRouter, status

from app.api.deps import AppServices, ProjectAdmin, RoleRequiredError, Session
from app.api.openapi import problems
from app.api.paging import Page, PagingParams
from app.api.routing import ApiRoute
from app.features.api_keys import service
from app.features.api_keys.errors import ApiKeyNotFoundError, InvalidScopesError
from app.features.api_keys.schemas import (
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyRead,
    ApiKeyRotate,
    ApiKeyUpdate,
)

router = APIRouter(
    prefix="/api/projects/{project}/api-keys", route_class=ApiRoute, tags=["api keys"]
)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems(RoleRequiredError, InvalidScopesError),
)
async def create_api_key(
    data: ApiKeyCreate, services: AppServices, member: ProjectAdmin, session: Session
) -> ApiKeyCreated:
    """Make a key for a server. Its text is in this answer only."""
    return await service.create_key(session, services, member, data)


@router.get("", responses=problems(RoleRequiredError))
async def list_api_keys(
    services: AppServices, member: ProjectAdmin, session: Session, paging: PagingParams
) -> Page[ApiKeyRead]:
    """The project's keys, without their texts."""
    keys, page = await service.list_keys(session, services, member, paging)
    return Page(data=keys, page=page)


@router.get("/{key_id}", responses=problems(RoleRequiredError, ApiKeyNotFoundError))
async def get_api_key(
    key_id: UUID, services: AppServices, member: ProjectAdmin, session: Session
) -> ApiKeyRead:
    """One key, without its text."""
    return await service.get_key(session, services, member, key_id)


@router.patch(
    "/{key_id}", responses=problems(RoleRequiredError, ApiKeyNotFoundError, InvalidScopesError)
)
async def update_api_key(
    key_id: UUID,
    data: ApiKeyUpdate,
    services: AppServices,
    member: ProjectAdmin,
    session: Session,
) -> ApiKeyRead:
    """Change a key's name, scopes, expiry or networks."""
    return await service.update_key(session, services, member, key_id, data)


@router.delete(
    "/{key_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, ApiKeyNotFoundError),
)
async def revoke_api_key(key_id: UUID, member: ProjectAdmin, session: Session) -> None:
    """Delete a key. It is refused everywhere within five seconds."""
    await service.revoke_key(session, member, key_id)


@router.post("/{key_id}/rotate", responses=problems(RoleRequiredError, ApiKeyNotFoundError))
async def rotate_api_key(
    key_id: UUID,
    services: AppServices,
    member: ProjectAdmin,
    session: Session,
    data: ApiKeyRotate | None = None,
) -> ApiKeyCreated:
    """Give a key a new secret; the one before stays good for ``grace_seconds``."""
    grace = data.grace_seconds if data else 0
    return await service.rotate_key(session, services, member, key_id, grace)
