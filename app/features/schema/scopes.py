"""Who may look at a schema and who may change it."""

from typing import Annotated

from fastapi import Depends, Request

from app.api.deps import AppServices, CurrentMember, ProjectAdmin
from app.features.schema.service import Scope


async def reading_scope(request: Request, services: AppServices, member: CurrentMember) -> Scope:
    """Every member sees the schema."""
    return Scope(services, member, _request_id(request))


async def writing_scope(request: Request, services: AppServices, member: ProjectAdmin) -> Scope:
    """Admins and owners change it."""
    return Scope(services, member, _request_id(request))


def _request_id(request: Request) -> str | None:
    found: str | None = request.scope["state"].get("request_id")
    return found


Reading = Annotated[Scope, Depends(reading_scope)]
Writing = Annotated[Scope, Depends(writing_scope)]
