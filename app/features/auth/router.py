"""Routes of the console's sign-in."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, status

from app.api.deps import AppServices, CurrentAdmin, RequestOrigin, Session
from app.api.openapi import problems
from app.api.routing import ApiRoute
from app.engine.identity.attempts import TooManyAttemptsError
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service.errors import (
    EmailTakenError,
    PasswordRefusedError,
    RegistrationClosedError,
    SessionNotFoundError,
    WrongCredentialsError,
    WrongPasswordError,
)
from app.features.accounts.service.sessions import SessionList
from app.features.accounts.service.signing import MfaRequired
from app.features.auth import registration, service
from app.features.auth.browser import COOKIE, Browser, CrossSiteError
from app.features.auth.schemas import (
    Accepted,
    AdminRead,
    Login,
    PasswordChange,
    PasswordForgotten,
    PasswordReset,
    ProfileUpdate,
    Refresh,
    Registration,
    SignedIn,
    Start,
)

router = APIRouter(route_class=ApiRoute, tags=["auth"])

BASE = "/api/auth"


@router.get(BASE + "/start")
async def get_start(request: Request, services: AppServices) -> Start:
    """What a sign-in page must know before anyone has signed in."""
    return Start(
        has_owner=await service.has_owner(services),
        allows_registration=services.settings.allow_registration,
        has_session=COOKIE in request.cookies,
    )


@router.post(
    BASE + "/register",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        InvalidTokenError,
        RegistrationClosedError,
        EmailTakenError,
        PasswordRefusedError,
        TooManyAttemptsError,
        CrossSiteError,
    ),
)
async def register_admin(
    data: Registration,
    services: AppServices,
    session: Session,
    origin: RequestOrigin,
    browser: Browser,
) -> SignedIn:
    """Make an account for the console.

    The first account owns the installation. After that it takes an invitation, unless the
    installation allows registration.
    """
    return browser.keep(await registration.register(session, services, data, origin))


@router.post(
    BASE + "/login",
    responses=problems(WrongCredentialsError, TooManyAttemptsError, CrossSiteError),
)
async def login_admin(
    data: Login, services: AppServices, origin: RequestOrigin, browser: Browser
) -> SignedIn | MfaRequired:
    """Sign in with an e-mail address and a password.

    An account with a second factor gets an ``mfa_token`` to show together with it. A page of the
    console's own may send ``X-Session: cookie``, here and wherever a session begins: the refresh
    token then goes into a cookie that only ``/api/auth`` is sent, and is empty in the answer.
    """
    return browser.keep(await service.login(services, data, origin))


@router.post(BASE + "/refresh", responses=problems(InvalidTokenError, CrossSiteError))
async def refresh_admin(data: Refresh, services: AppServices, browser: Browser) -> SignedIn:
    """Turn a refresh token into a new pair of tokens; the old one is used up.

    Using an old one again, ten seconds or more after, ends the session. With ``X-Session: cookie``
    the token is the cookie's, and the body is empty: ``{}``.
    """
    try:
        return browser.keep(await service.refresh(services, browser.token(data.refresh_token)))
    except InvalidTokenError as error:
        raise browser.forgetting(error) from None


@router.post(BASE + "/logout", status_code=status.HTTP_204_NO_CONTENT)
async def logout_admin(
    admin: CurrentAdmin, services: AppServices, origin: RequestOrigin, browser: Browser
) -> None:
    """End the session that the access token belongs to."""
    await service.logout(services, admin, origin)
    browser.forget()


@router.post(BASE + "/logout-all", status_code=status.HTTP_204_NO_CONTENT)
async def logout_admin_everywhere(
    admin: CurrentAdmin, services: AppServices, origin: RequestOrigin, browser: Browser
) -> None:
    """End every session of the account, this one too."""
    await service.logout_everywhere(services, admin, origin)
    browser.forget()


@router.get(BASE + "/sessions")
async def list_my_sessions(admin: CurrentAdmin, services: AppServices) -> SessionList:
    """Where the account is signed in."""
    return await service.list_sessions(services, admin)


@router.delete(
    BASE + "/sessions/{session_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(SessionNotFoundError),
)
async def revoke_my_session(
    session_id: UUID, admin: CurrentAdmin, services: AppServices, origin: RequestOrigin
) -> None:
    """End one session."""
    await service.revoke_session(services, admin, session_id, origin)


@router.get(BASE + "/me")
async def get_me(admin: CurrentAdmin, services: AppServices) -> AdminRead:
    """The account that the access token belongs to."""
    return await service.get_admin(services, admin)


@router.patch(BASE + "/me")
async def update_me(
    data: ProfileUpdate, admin: CurrentAdmin, services: AppServices, origin: RequestOrigin
) -> AdminRead:
    """Change the account's name."""
    return await service.update_profile(services, admin, data, origin)


@router.post(
    BASE + "/password/change",
    responses=problems(WrongPasswordError, PasswordRefusedError, TooManyAttemptsError),
)
async def change_my_password(
    data: PasswordChange,
    admin: CurrentAdmin,
    services: AppServices,
    origin: RequestOrigin,
    browser: Browser,
) -> SignedIn:
    """Change the password. Every session ends; the answer begins a new one."""
    return browser.keep(await service.change_password(services, admin, data, origin))


@router.post(
    BASE + "/password/forgot",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(TooManyAttemptsError),
)
async def forget_my_password(
    data: PasswordForgotten, services: AppServices, origin: RequestOrigin
) -> Accepted:
    """Have a link to a new password mailed. The answer is the same for unknown addresses."""
    await service.forget_password(services, data, origin)
    return Accepted()


@router.post(
    BASE + "/password/reset",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(InvalidTokenError, PasswordRefusedError, TooManyAttemptsError),
)
async def reset_my_password(
    data: PasswordReset, services: AppServices, origin: RequestOrigin
) -> None:
    """Set a new password with a mailed token. Every session ends."""
    await service.reset_password(services, data, origin)


@router.get("/.well-known/jwks.json")
async def get_public_keys(services: AppServices) -> dict[str, Any]:
    """The public keys of access tokens (RFC 7517); none while a shared secret signs them."""
    return services.tokens.public_keys()
