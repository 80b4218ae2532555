"""Routes of signing in through providers, and of linked identities."""

from typing import Annotated, Any, Final, cast
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, status
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse

from app.api.deps import AppServices, CurrentUser, OpenProject, RequestOrigin
from app.api.openapi import problems
from app.api.routing import ApiRoute
from app.engine.identity.attempts import TooManyAttemptsError
from app.engine.identity.principal import Caller
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service.signing import MfaRequired
from app.features.users.oauth import identities, signing_in
from app.features.users.oauth.errors import (
    FlowInvalidError,
    IdentityNotFoundError,
    IdentityTakenError,
    LastIdentityError,
    ProviderFailedError,
    ProviderNotFoundError,
    RedirectRefusedError,
)
from app.features.users.oauth.flows import FLOW_SECONDS, cookie_name
from app.features.users.oauth.schemas import (
    CodeExchange,
    IdentityList,
    LinkBegin,
    LinkBegun,
    LinkComplete,
    ProviderList,
    ProviderRead,
)
from app.features.users.oauth.world import get_provider, load_world
from app.features.users.schemas import UserSignedIn
from app.features.users.service.realms import OpenRealm, load_realm

OAUTH: Final = "/oauth"
IDENTITIES: Final = "/identities"
_HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_CALLBACK_WORDS: Final = ("state", "code", "error", "iss")

router = APIRouter(prefix="/api/projects/{project}/auth", tags=["app auth"], route_class=ApiRoute)
callbacks = APIRouter(
    prefix="/api/projects/{project}/auth", tags=["app auth"], route_class=APIRoute
)
"""What providers send browsers to: they add parameters of their own, which are left alone."""


@router.get(OAUTH)
async def list_oauth_providers(project: OpenProject, services: AppServices) -> ProviderList:
    """The providers a user may sign in with."""
    world = await load_world(services, project)
    found = world.provider_types().items()
    return ProviderList(data=[ProviderRead(name=n, type=cast(Any, t)) for n, t in found])


@router.get(
    OAUTH + "/{provider}",
    status_code=status.HTTP_302_FOUND,
    response_class=RedirectResponse,
    responses=problems(
        ProviderNotFoundError, RedirectRefusedError, ProviderFailedError, InvalidTokenError
    ),
)
async def begin_oauth(
    provider: str,
    project: OpenProject,
    services: AppServices,
    redirect_to: Annotated[str, Query(max_length=2000)],
    code_challenge: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{43}$")] = None,
    link: Annotated[str | None, Query(max_length=200)] = None,
) -> RedirectResponse:
    """Send the browser to the provider. In the end it comes to ``redirect_to`` with ``code`` or
    ``error``. ``code_challenge`` (S256) binds the code to the app that began."""
    begun = await signing_in.depart(
        services, project, provider, redirect_to, challenge=code_challenge, ticket=link
    )
    answer = RedirectResponse(begun.url, status.HTTP_302_FOUND, headers=_HEADERS)
    answer.set_cookie(
        cookie_name(begun.state),
        begun.cookie,
        max_age=FLOW_SECONDS,
        path=begun.cookie_path,
        secure=services.settings.base_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
    return answer


@callbacks.get(
    OAUTH + "/{provider}/callback",
    status_code=status.HTTP_302_FOUND,
    response_class=RedirectResponse,
    responses=problems(FlowInvalidError, ProviderNotFoundError, RedirectRefusedError),
)
async def finish_oauth(
    provider: str,
    project: OpenProject,
    services: AppServices,
    origin: RequestOrigin,
    request: Request,
) -> RedirectResponse:
    """Where the provider sends the browser; it is sent on to the app."""
    callback = _read_callback(request)
    url = await signing_in.come_back(services, project, provider, callback, origin)
    answer = RedirectResponse(url, status.HTTP_302_FOUND, headers=_HEADERS)
    answer.delete_cookie(cookie_name(callback.state), path=request.url.path)
    return answer


@router.post(OAUTH + "/exchange", responses=problems(InvalidTokenError, TooManyAttemptsError))
async def exchange_oauth_code(
    data: CodeExchange, realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> UserSignedIn | MfaRequired:
    """Trade the code that came with the redirect for tokens: once, within a minute."""
    return await signing_in.exchange(services, realm, data.code, data.code_verifier, origin)


@router.get(IDENTITIES)
async def list_identities(user: CurrentUser, services: AppServices) -> IdentityList:
    """The accounts at providers that you may sign in with."""
    world = await load_world(services, user.project)
    return IdentityList(data=await identities.list_identities(services, world.realm, _id_of(user)))


@router.post(
    IDENTITIES + "/{provider}",
    responses=problems(ProviderNotFoundError, RedirectRefusedError),
)
async def begin_linking(
    provider: str, data: LinkBegin, user: CurrentUser, services: AppServices
) -> LinkBegun:
    """Begin to link an account at a provider: open the answer's URL in the browser."""
    world = await load_world(services, user.project)
    get_provider(services, world, provider)
    if not world.may_redirect_to(data.redirect_to):
        raise RedirectRefusedError
    ticket = await identities.issue_ticket(services, world.realm, _id_of(user))
    query = urlencode({"redirect_to": data.redirect_to, "link": ticket})
    base = f"{services.settings.base_url}/api/projects/{user.project.id}/auth/oauth"
    return LinkBegun(url=f"{base}/{provider}?{query}")


@router.post(IDENTITIES, responses=problems(InvalidTokenError, IdentityTakenError))
async def complete_linking(
    data: LinkComplete, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> IdentityList:
    """Link the account behind the code that came with the redirect."""
    realm = await load_realm(services, user.project)
    found = await identities.complete_linking(services, realm, user, data.code, origin)
    return IdentityList(data=found)


@router.delete(
    IDENTITIES + "/{provider}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(IdentityNotFoundError, LastIdentityError),
)
async def unlink_identity(
    provider: str, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> None:
    """Unlink the accounts at a provider."""
    realm = await load_realm(services, user.project)
    await identities.unlink(services, realm, user, provider, origin)


def _read_callback(request: Request) -> signing_in.Callback:
    """Each word at most once: of two nobody could say which is meant."""
    given = {word: request.query_params.getlist(word) for word in _CALLBACK_WORDS}
    if any(len(values) > 1 for values in given.values()) or not given["state"]:
        raise FlowInvalidError
    state, code, error, issuer = (values[0] if values else None for values in given.values())
    cookie = request.cookies.get(cookie_name(str(state)))
    return signing_in.Callback(str(state), cookie, code, error, issuer)


def _id_of(user: Caller) -> UUID:
    return cast(UUID, user.principal.id)
