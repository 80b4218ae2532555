"""GitHub: OAuth 2 without ID tokens; who the user is, its API tells."""

from typing import Any
from urllib.parse import urlencode

from app.api.services import Services
from app.features.users.oauth.claims import challenge_of, name_of, usable_email
from app.features.users.oauth.errors import ProviderFailedError
from app.features.users.oauth.oidc import get_json, post_form
from app.features.users.oauth.providers import Asked, ExternalIdentity, Provider


def authorization_url(provider: Provider, asked: Asked) -> str:
    """Where the browser goes to sign in."""
    parameters = {
        "client_id": provider.client_id,
        "redirect_uri": asked.redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": asked.state,
        "code_challenge": challenge_of(asked.verifier),
        "code_challenge_method": "S256",
    }
    return f"{provider.issuer}/login/oauth/authorize?{urlencode(parameters)}"


async def fetch_identity(
    services: Services, provider: Provider, asked: Asked, code: str
) -> ExternalIdentity:
    """Who the code stands for. Raises ProviderFailedError."""
    form = {
        "client_id": provider.client_id,
        "client_secret": provider.client_secret or "",
        "code": code,
        "redirect_uri": asked.redirect_uri,
        "code_verifier": asked.verifier,
    }
    url = f"{provider.issuer}/login/oauth/access_token"
    token = (await post_form(services, url, form, {})).get("access_token")
    user = await get_json(services, f"{provider.api_base}/user", token)
    emails = await get_json(services, f"{provider.api_base}/user/emails", token)
    if not isinstance(user, dict) or type(user.get("id")) is not int:
        raise ProviderFailedError("The provider does not tell who the user is.")
    return ExternalIdentity(
        provider=provider.name,
        issuer=provider.issuer,
        subject=str(user["id"]),
        email=_primary_email(emails),
        name=name_of(user) or name_of({"name": user.get("login")}),
    )


def _primary_email(emails: Any) -> str | None:
    """The primary address, if GitHub has verified it."""
    for entry in emails if isinstance(emails, list) else ():
        if isinstance(entry, dict) and entry.get("primary") is True:
            return usable_email(entry.get("email")) if entry.get("verified") is True else None
    return None
