"""Routes of secrets: for admins of a project."""

from fastapi import APIRouter, status

from app.api.deps import AppServices, ProjectAdmin, RoleRequiredError, Session
from app.api.openapi import problems
from app.api.paging import Page, PagingParams
from app.api.routing import ApiRoute
from app.features.secrets import service
from app.features.secrets.errors import SecretNotFoundError, TooManySecretsError
from app.features.secrets.schemas import SecretName, SecretRead, SecretWrite

router = APIRouter(prefix="/api/projects/{project}/secrets", route_class=ApiRoute, tags=["secrets"])


@router.get("", responses=problems(RoleRequiredError))
async def list_secrets(
    member: ProjectAdmin, session: Session, paging: PagingParams
) -> Page[SecretRead]:
    """The names of the project's secrets, and where each may be sent."""
    secrets, page = await service.list_secrets(session, member, paging)
    return Page(data=secrets, page=page)


@router.put("/{name}", responses=problems(RoleRequiredError, TooManySecretsError))
async def put_secret(
    name: SecretName,
    data: SecretWrite,
    services: AppServices,
    member: ProjectAdmin,
    session: Session,
) -> SecretRead:
    """Keep a value under a name, in place of the one before. No answer ever holds it."""
    return await service.put_secret(session, services, member, name, data)


@router.delete(
    "/{name}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, SecretNotFoundError),
)
async def delete_secret(name: SecretName, member: ProjectAdmin, session: Session) -> None:
    """Delete a secret. What names it fails from now on."""
    await service.delete_secret(session, member, name)
