"""Routes of the console's sign-in."""

from typing import Any

from fastapi import APIRouter, status

from app.api.deps import AppServices, CurrentAdmin, RequestOrigin, Session
from app.api.openapi import problems
from app.api.routing import ApiRoute
from app.engine.identity.admins import Admin
from app.engine.identity.attempts import TooManyAttemptsError
from app.engine.identity.tokens import InvalidTokenError
from app.features.auth import service
from app.features.auth.errors import (
    EmailTakenError,
    RegistrationClosedError,
    WrongCredentialsError,
    WrongPasswordError,
)
from app.features.auth.schemas import (
    AdminRead,
    Login,
    PasswordChange,
    ProfileUpdate,
    Refresh,
    Registration,
    SignedIn,
)

router = APIRouter(route_class=ApiRoute, tags=["auth"])

BASE = "/api/auth"


@router.post(
    BASE + "/register",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        InvalidTokenError, RegistrationClosedError, EmailTakenError, TooManyAttemptsError
    ),
)
async def register_admin(
    data: Registration, services: AppServices, session: Session, origin: RequestOrigin
) -> SignedIn:
    """Make an account for the console.

    The first account owns the installation. After that it takes an invitation, unless the
    installation allows registration.
    """
    return await service.register(session, services, data, origin)


@router.post(BASE + "/login", responses=problems(WrongCredentialsError, TooManyAttemptsError))
async def login_admin(
    data: Login, services: AppServices, session: Session, origin: RequestOrigin
) -> SignedIn:
    """Sign in with an e-mail address and a password."""
    return await service.login(session, services, data, origin)


@router.post(BASE + "/refresh", responses=problems(InvalidTokenError))
async def refresh_admin(data: Refresh, services: AppServices, session: Session) -> SignedIn:
    """Turn a refresh token into a new pair of tokens; the old one is used up.

    Using an old one again, ten seconds or more after, ends the session.
    """
    return await service.refresh(session, services, data)


@router.post(BASE + "/logout", status_code=status.HTTP_204_NO_CONTENT)
async def logout_admin(admin: CurrentAdmin, session: Session) -> None:
    """End the session that the access token belongs to."""
    await service.logout(session, admin)


@router.get(BASE + "/me", response_model=AdminRead)
async def get_me(admin: CurrentAdmin, session: Session) -> Admin:
    """The account that the access token belongs to."""
    return await service.get_admin(session, admin)


@router.patch(BASE + "/me", response_model=AdminRead)
async def update_me(data: ProfileUpdate, admin: CurrentAdmin, session: Session) -> Admin:
    """Change the account's name."""
    return await service.update_profile(session, admin, data)


@router.post(
    BASE + "/password/change", responses=problems(WrongPasswordError, TooManyAttemptsError)
)
async def change_my_password(
    data: PasswordChange,
    admin: CurrentAdmin,
    services: AppServices,
    session: Session,
    origin: RequestOrigin,
) -> SignedIn:
    """Change the password. Every session ends; the answer begins a new one."""
    return await service.change_password(session, services, admin, data, origin)


@router.get("/.well-known/jwks.json")
async def get_public_keys(services: AppServices) -> dict[str, Any]:
    """The public keys of access tokens (RFC 7517); none while a shared secret signs them."""
    return services.tokens.public_keys()
