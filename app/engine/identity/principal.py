"""Who is asking, and where: the values that every later stage decides on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from app.core.ids import parse_uuid

PrincipalKind = Literal["admin_user", "app_user", "api_key", "anonymous"]
MemberRole = Literal["owner", "admin", "editor", "viewer"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What an API key may do: ``collection`` is a collection's id or ``*``; ``action`` is one of
    list, read, create, update, delete, write, ``*``."""

    collection: str
    action: str


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated (or anonymous) party. ``id`` is None only for anonymous.

    ``verified``: an app user whose e-mail address is proved. ``profile`` is an app user's own
    record, driver values by column: what ``$user.<field>`` stands for. ``scopes`` are an API
    key's, ``networks`` the addresses it may come from (CIDR; none: any). ``session_id`` is the
    session of an access token. ``name`` is the actor where something acts with a party's rights:
    ``workflow:<id>``.
    """

    kind: PrincipalKind
    id: UUID | None = None
    email: str | None = None
    roles: tuple[str, ...] = ()
    verified: bool = False
    profile: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    scopes: tuple[Scope, ...] = ()
    networks: tuple[str, ...] = ()
    session_id: UUID | None = None
    name: str | None = None

    @property
    def actor(self) -> str:
        """How the change log names the party: ``admin_user:<id>``."""
        return self.name or (f"{self.kind}:{self.id}" if self.id else self.kind)


@dataclass(frozen=True, slots=True)
class Project:
    """A project as requests need it; ``schema`` is its Postgres schema."""

    id: UUID
    slug: str
    schema: str
    state: Literal["active", "archived"] = "active"


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal standing in a project; ``role`` is set for members of the console.

    ``address`` is where a request comes from, where a route has noted it.
    """

    principal: Principal
    project: Project
    role: MemberRole | None = None
    address: str | None = None


def id_or_slug(project_ref: str) -> tuple[UUID | None, str | None]:
    """Slugs never look like ids, so that what reads as an id is one."""
    try:
        return parse_uuid(project_ref), None
    except ValueError:
        return None, project_ref
