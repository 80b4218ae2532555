"""A project as a realm: its settings of signing in, read anew for each request."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.api.deps import AppServices, OpenProject
from app.api.services import Services
from app.core.ids import project_schema
from app.engine.identity.principal import Project
from app.engine.identity.realms import AuthRules, Lifetimes, Realm, project_realm
from app.features.accounts.service.realms import default_lifetimes
from app.features.projects.service import load_settings

_PROJECT = "SELECT slug FROM backendify.projects WHERE id = $1 AND state = 'active'"


async def load_realm(services: Services, project: Project) -> Realm:
    """The project's realm under its current settings."""
    auth = (await load_settings(services.database.owner, project.id)).auth
    default = default_lifetimes(services)
    lifetimes = Lifetimes(
        access=(auth.access_token_minutes or 0) * 60 or default.access,
        refresh=(auth.refresh_token_days or 0) * 86_400 or default.refresh,
    )
    rules = AuthRules(
        require_verified_email=auth.require_verified_email,
        allow_signup=auth.allow_signup,
        allow_anonymous=auth.allow_anonymous,
        passwordless=auth.passwordless,
        min_password_length=auth.password.min_length,
        redirect_urls=tuple(auth.redirect_urls),
        profile_fields=tuple(auth.profile_fields),
        passkey_origins=tuple(auth.passkey_origins),
        passkey_rp_id=auth.passkey_rp_id,
    )
    return project_realm(project, lifetimes, rules)


async def find_realm(services: Services, project_id: UUID | None) -> Realm | None:
    """The realm of a project by its id; None if it is gone or archived."""
    slug = project_id and await services.database.owner.fetchval(_PROJECT, project_id)
    if not slug or project_id is None:
        return None
    return await load_realm(services, Project(project_id, slug, project_schema(project_id)))


async def _open_realm(project: OpenProject, services: AppServices) -> Realm:
    return await load_realm(services, project)


OpenRealm = Annotated[Realm, Depends(_open_realm)]
"""The realm of the project in the path, for routes that need no credentials. Not a guard."""
