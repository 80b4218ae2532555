"""Who is asking, and where: the values that every later stage decides on."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

PrincipalKind = Literal["admin_user", "app_user", "api_key", "anonymous"]
MemberRole = Literal["owner", "admin", "editor", "viewer"]


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated (or anonymous) party. ``id`` is None only for anonymous."""

    kind: PrincipalKind
    id: UUID | None = None
    email: str | None = None
    roles: tuple[str, ...] = ()

    @property
    def actor(self) -> str:
        """How the change log names the party: ``admin_user:<id>``."""
        return f"{self.kind}:{self.id}" if self.id else self.kind


@dataclass(frozen=True, slots=True)
class Project:
    """A project as requests need it; ``schema`` is its Postgres schema."""

    id: UUID
    slug: str
    schema: str
    state: Literal["active", "archived"] = "active"


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal standing in a project; ``role`` is set for members of the console."""

    principal: Principal
    project: Project
    role: MemberRole | None = None


def id_or_slug(project_ref: str) -> tuple[UUID | None, str | None]:
    """Slugs never look like ids, so that what reads as an id is one."""
    try:
        return UUID(project_ref), None
    except ValueError:
        return None, project_ref
