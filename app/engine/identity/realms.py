"""Realms: the two worlds that people sign in to, the console and each project, as one value.

The tables of both have one shape, so that signing in is written once. A project's are private:
they are no collection, and the roles of data requests have no right on them.
"""

from dataclasses import dataclass
from typing import Final

from app.core.model import CONTROL_SCHEMA
from app.core.sql import qualified
from app.engine.identity.principal import Project

CONSOLE_AUDIENCE: Final = "backendify:console"
"""The audience of console admins' tokens."""

PROJECT_AUDIENCE: Final = "backendify:project:"
"""What the audience of a project's users' tokens begins with; the project's id follows."""


@dataclass(frozen=True, slots=True)
class Tables:
    """A realm's tables, qualified and quoted: ready to stand in a statement."""

    accounts: str
    credentials: str
    sessions: str
    identities: str
    passkeys: str
    tokens: str


@dataclass(frozen=True, slots=True)
class AuthRules:
    """What a realm lets people do. The console's own are the defaults."""

    require_verified_email: bool = False
    allow_signup: bool = False
    allow_anonymous: bool = False
    passwordless: bool = False
    min_password_length: int = 8
    redirect_urls: tuple[str, ...] = ()
    profile_fields: tuple[str, ...] = ()
    passkey_origins: tuple[str, ...] = ()
    passkey_rp_id: str | None = None


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Of access tokens and of sessions nobody refreshes, in seconds."""

    access: int
    refresh: int


@dataclass(frozen=True, slots=True)
class Realm:
    """Where somebody signs in. ``project`` is None for the console."""

    audience: str
    tables: Tables
    lifetimes: Lifetimes
    rules: AuthRules
    project: Project | None = None

    @property
    def is_console(self) -> bool:
        return self.project is None


def console_realm(lifetimes: Lifetimes) -> Realm:
    return Realm(CONSOLE_AUDIENCE, _CONSOLE_TABLES, lifetimes, AuthRules())


def project_realm(project: Project, lifetimes: Lifetimes, rules: AuthRules) -> Realm:
    return Realm(
        audience=project_audience(str(project.id)),
        tables=project_tables(project.schema),
        lifetimes=lifetimes,
        rules=rules,
        project=project,
    )


def project_audience(project_id: str) -> str:
    return PROJECT_AUDIENCE + project_id


def project_tables(schema: str) -> Tables:
    """The tables of the project that lives in ``schema``."""
    return Tables(qualified(schema, "users"), *(qualified(schema, f"_{n}") for n in _PRIVATE))


_PRIVATE: Final = ("credentials", "sessions", "identities", "passkeys", "tokens")
PRIVATE_TABLES: Final = tuple(f"_{name}" for name in _PRIVATE)
"""The private tables of every project."""

_CONSOLE_TABLES: Final = Tables(
    qualified(CONTROL_SCHEMA, "admins"),
    *(qualified(CONTROL_SCHEMA, f"admin_{name}") for name in _PRIVATE),
)
