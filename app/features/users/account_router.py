"""Routes of a signed-in user's own account."""

from uuid import UUID

from fastapi import APIRouter, status

from app.api.deps import AppServices, CurrentUser, RequestOrigin
from app.api.openapi import problems
from app.api.routing import ApiRoute
from app.engine.identity.attempts import TooManyAttemptsError
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service.errors import (
    EmailTakenError,
    PasswordRefusedError,
    SessionNotFoundError,
    WrongPasswordError,
)
from app.features.accounts.service.sessions import SessionList
from app.features.users.schemas import (
    AccountDelete,
    EmailChange,
    MailAccepted,
    PasswordChange,
    ProfileUpdate,
    ProofCode,
    Upgrade,
    UpgradeBegun,
    UserRead,
    UserSignedIn,
)
from app.features.users.service import account, proving
from app.features.users.service.errors import (
    NoEmailError,
    NotAnonymousError,
    SessionTooOldError,
)

router = APIRouter(prefix="/api/projects/{project}/auth", route_class=ApiRoute, tags=["app auth"])


@router.get("/me")
async def get_user_me(user: CurrentUser, services: AppServices) -> UserRead:
    """The user that the access token belongs to."""
    return await account.get_me(services, user)


@router.patch("/me")
async def update_user_me(
    data: ProfileUpdate, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> UserRead:
    """Change the name, and the fields that the setting ``auth.profile_fields`` names."""
    return await account.update_me(services, user, data, origin)


@router.delete(
    "/me",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(WrongPasswordError, SessionTooOldError, TooManyAttemptsError),
)
async def delete_user_me(
    user: CurrentUser,
    services: AppServices,
    origin: RequestOrigin,
    data: AccountDelete | None = None,
) -> None:
    """Delete the account. What refers to it goes or stays by its relation's rule.

    Takes the password of an account that has one, else a sign-in within the last ten minutes.
    """
    await account.delete_me(services, user, data, origin)


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def logout_user(user: CurrentUser, services: AppServices) -> None:
    """End the session that the access token belongs to."""
    await account.logout(services, user)


@router.post("/logout-all", status_code=status.HTTP_204_NO_CONTENT)
async def logout_user_everywhere(user: CurrentUser, services: AppServices) -> None:
    """End every session of the user, this one too."""
    await account.logout_everywhere(services, user)


@router.get("/sessions")
async def list_user_sessions(user: CurrentUser, services: AppServices) -> SessionList:
    """Where the user is signed in."""
    return await account.list_sessions(services, user)


@router.delete(
    "/sessions/{session_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(SessionNotFoundError),
)
async def revoke_user_session(session_id: UUID, user: CurrentUser, services: AppServices) -> None:
    """End one session."""
    await account.revoke_session(services, user, session_id)


@router.post(
    "/password/change",
    responses=problems(WrongPasswordError, PasswordRefusedError, TooManyAttemptsError),
)
async def change_user_password(
    data: PasswordChange, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> UserSignedIn:
    """Change the password. Every session ends; the answer begins a new one."""
    return await account.change_password(services, user, data, origin)


@router.post(
    "/email/change",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(WrongPasswordError, SessionTooOldError, TooManyAttemptsError),
)
async def change_user_email(
    data: EmailChange, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> MailAccepted:
    """Have a link mailed to a new address, which becomes the user's when it is opened.

    Takes the password of an account that has one, else a sign-in within the last ten minutes. The
    link is void once the session has ended.
    """
    await account.ask_for_email_change(services, user, data, origin)
    return MailAccepted()


@router.post(
    "/email/prove",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(NoEmailError, TooManyAttemptsError),
)
async def send_user_email_proof(
    user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> MailAccepted:
    """Have a code mailed that proves the account's address, if it still has to be."""
    await proving.ask_for_code(services, user, origin)
    return MailAccepted()


@router.post(
    "/email/prove/confirm",
    responses=problems(InvalidTokenError, NoEmailError, TooManyAttemptsError),
)
async def confirm_user_email_proof(
    data: ProofCode, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> UserRead:
    """Prove the account's address with the mailed code: it is good once, and for three tries.

    From then on nobody takes the account over by its mailbox, and second factors and passkeys can
    be set up.
    """
    return await proving.take_code(services, user, data.code, origin)


@router.post(
    "/upgrade",
    responses=problems(
        NotAnonymousError, EmailTakenError, PasswordRefusedError, TooManyAttemptsError
    ),
)
async def upgrade_anonymous_user(
    data: Upgrade, user: CurrentUser, services: AppServices, origin: RequestOrigin
) -> UserSignedIn | UpgradeBegun:
    """Give an anonymous user an address and a password; the id stays."""
    return await account.upgrade(services, user, data, origin)
