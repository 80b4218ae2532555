"""What a project's settings say about signing in through providers."""

from dataclasses import dataclass

from app.api.services import Services
from app.engine.identity.principal import Project
from app.engine.identity.realms import Realm
from app.features.projects import service as projects
from app.features.users.oauth.errors import ProviderFailedError, ProviderNotFoundError
from app.features.users.oauth.providers import GITHUB_SCOPES, OIDC_SCOPES, Provider
from app.features.users.service.realms import load_realm


@dataclass(frozen=True, slots=True)
class OAuthWorld:
    """A project, its realm, and its settings as they are now."""

    project: Project
    realm: Realm
    settings: projects.ProjectSettings

    def may_redirect_to(self, url: str) -> bool:
        """Letter by letter: whatever is nearly one of them leads elsewhere."""
        return url in self.settings.auth.redirect_urls

    def provider_types(self) -> dict[str, str]:
        """Those that are enabled."""
        providers = self.settings.auth.providers
        return {name: p.type for name, p in sorted(providers.items()) if p.enabled}


async def load_world(services: Services, project: Project) -> OAuthWorld:
    settings = await projects.load_settings(services.database.owner, project.id)
    return OAuthWorld(project, await load_realm(services, project), settings)


def get_provider(services: Services, world: OAuthWorld, name: str) -> Provider:
    """Raises ProviderNotFoundError, ProviderFailedError."""
    found = world.settings.auth.providers.get(name)
    if found is None or not found.enabled:
        raise ProviderNotFoundError
    for url in (found.issuer_url, found.api_url):
        if not url.startswith("https://") and not services.http.allows(url):
            raise ProviderFailedError("The provider's address is not encrypted.")
    default_scopes = GITHUB_SCOPES if found.type == "github" else OIDC_SCOPES
    return Provider(
        name=name,
        type=found.type,
        issuer=found.issuer_url,
        api_base=found.api_url,
        client_id=found.client_id,
        client_secret=projects.open_client_secret(services.sealer, world.project.id, name, found),
        scopes=tuple(found.scopes or default_scopes),
    )
