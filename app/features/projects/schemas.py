"""Projects as requests and answers."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict

from app.api.schemas import DisplayName, Moment, RequestBody
from app.engine.identity.principal import MemberRole
from app.features.projects.slugs import check_slug

Slug = Annotated[str, AfterValidator(check_slug)]


class ProjectCreate(RequestBody):
    """Without a ``slug``, one is made from the name."""

    name: DisplayName
    slug: Slug | None = None


class ProjectUpdate(RequestBody):
    """What is left out stays as it is."""

    name: DisplayName | None = None
    slug: Slug | None = None


class ProjectRead(BaseModel):
    """``role`` is the caller's; ``schema_version`` the version of the schema in force."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    name: str
    state: Literal["active", "archived"]
    role: MemberRole
    schema_version: int
    created_at: Moment
    updated_at: Moment
