"""Routes of signing up and in to a project: open to anyone, answering alike for any address."""

from typing import Final

from fastapi import APIRouter, status

from app.api.deps import AppServices, RequestOrigin, UserIfAny
from app.api.openapi import problems
from app.api.routing import ApiRoute
from app.core.errors import BackendifyError
from app.engine.identity.attempts import TooManyAttemptsError
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service.errors import (
    EmailTakenError,
    PasswordRefusedError,
    RegistrationClosedError,
    WrongCredentialsError,
)
from app.features.accounts.service.signing import MfaRequired
from app.features.users.schemas import (
    CodeTo,
    InvitationAccept,
    Login,
    MailAccepted,
    MailedCode,
    MailedToken,
    MailTo,
    PasswordReset,
    Refresh,
    Registration,
    UserRead,
    UserSignedIn,
    VerificationRequired,
)
from app.features.users.service import mailbox, mails, signing
from app.features.users.service.errors import (
    MethodDisabledError,
    SignInToConfirmError,
    VerificationRequiredError,
)
from app.features.users.service.realms import OpenRealm

router = APIRouter(prefix="/api/projects/{project}/auth", route_class=ApiRoute, tags=["app auth"])

_TAKES_TOKEN: Final[tuple[type[BackendifyError], ...]] = (InvalidTokenError, TooManyAttemptsError)
_SETS_PASSWORD: Final = (*_TAKES_TOKEN, PasswordRefusedError)


@router.post(
    "/register",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        RegistrationClosedError, EmailTakenError, PasswordRefusedError, TooManyAttemptsError
    ),
)
async def register_user(
    data: Registration, realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> UserSignedIn | VerificationRequired:
    """Sign up.

    A project that demands a verified address answers alike whether or not it is taken; the mail
    that follows tells its owner.
    """
    return await signing.register(services, realm, data, origin)


@router.post(
    "/login",
    responses=problems(WrongCredentialsError, VerificationRequiredError, TooManyAttemptsError),
)
async def login_user(
    data: Login, realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> UserSignedIn | MfaRequired:
    """Sign in with an e-mail address and a password."""
    return await signing.login(services, realm, data, origin)


@router.post("/refresh", responses=problems(InvalidTokenError))
async def refresh_user(data: Refresh, realm: OpenRealm, services: AppServices) -> UserSignedIn:
    """Turn a refresh token into a new pair of tokens; the old one is used up.

    Using an old one again, ten seconds or more after, ends the session.
    """
    return await signing.refresh(services, realm, data.refresh_token)


@router.post(
    "/anonymous",
    status_code=status.HTTP_201_CREATED,
    responses=problems(MethodDisabledError, TooManyAttemptsError),
)
async def register_anonymous_user(
    realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> UserSignedIn:
    """Begin as a user without an address, to be upgraded later."""
    return await signing.sign_in_anonymously(services, realm, origin)


@router.post("/verify", responses=problems(*_TAKES_TOKEN))
async def verify_user_email(
    data: MailedToken,
    user: UserIfAny,
    realm: OpenRealm,
    services: AppServices,
    origin: RequestOrigin,
) -> UserRead:
    """Prove an e-mail address with the token that was mailed to it.

    With the access token of the account's own user, both are shown to be one person. Without it,
    whoever comes by the mailbox later has the account to themselves: every password, session and
    second factor from before is void then.
    """
    return await mailbox.verify_email(services, realm, data.token, user, origin)


@router.post(
    "/verify/send",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(TooManyAttemptsError),
)
async def send_user_verification(
    data: MailTo, realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> MailAccepted:
    """Have the link to verify an address mailed again."""
    await mailbox.ask_for_mail(
        services, realm, mails.VERIFY_EMAIL, data.email, origin, data.redirect_to
    )
    return MailAccepted()


@router.post(
    "/password/forgot",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(TooManyAttemptsError),
)
async def forget_user_password(
    data: MailTo, realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> MailAccepted:
    """Have a link to a new password mailed."""
    await mailbox.ask_for_mail(
        services, realm, mails.RESET_PASSWORD, data.email, origin, data.redirect_to
    )
    return MailAccepted()


@router.post(
    "/password/reset",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(*_SETS_PASSWORD),
)
async def reset_user_password(
    data: PasswordReset, realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> None:
    """Set a new password with a mailed token. Every session ends."""
    await mailbox.reset_password(services, realm, data, origin)


@router.post(
    "/otp",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(MethodDisabledError, TooManyAttemptsError),
)
async def send_user_code(
    data: CodeTo, realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> MailAccepted:
    """Have a code to sign in with mailed."""
    signing.check_passwordless(realm)
    await mailbox.ask_for_mail(services, realm, mails.OTP, data.email, origin)
    return MailAccepted()


@router.post("/otp/verify", responses=problems(*_TAKES_TOKEN, MethodDisabledError))
async def verify_user_code(
    data: MailedCode, realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> UserSignedIn | MfaRequired:
    """Sign in with a mailed code: it is good once, and for three tries."""
    return await signing.take_code(services, realm, data.email, data.code, origin)


@router.post(
    "/magic-link",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(MethodDisabledError, TooManyAttemptsError),
)
async def send_user_magic_link(
    data: MailTo, realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> MailAccepted:
    """Have a link to sign in with mailed."""
    signing.check_passwordless(realm)
    await mailbox.ask_for_mail(
        services, realm, mails.MAGIC_LINK, data.email, origin, data.redirect_to
    )
    return MailAccepted()


@router.post("/magic-link/verify", responses=problems(*_TAKES_TOKEN, MethodDisabledError))
async def verify_user_magic_link(
    data: MailedToken, realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> UserSignedIn | MfaRequired:
    """Sign in with the token of a mailed link."""
    return await signing.take_magic_link(services, realm, data.token, origin)


@router.post("/email/change/confirm", responses=problems(*_TAKES_TOKEN, SignInToConfirmError))
async def confirm_user_email_change(
    data: MailedToken,
    user: UserIfAny,
    realm: OpenRealm,
    services: AppServices,
    origin: RequestOrigin,
) -> UserRead:
    """Take the new address that the token was mailed to. Every session ends.

    The account's own user sends their access token along, as with ``/verify``; for an account
    with a second factor or a passkey they have to.
    """
    return await mailbox.confirm_email_change(services, realm, data.token, user, origin)


@router.post("/invitations/accept", responses=problems(*_SETS_PASSWORD))
async def accept_user_invitation(
    data: InvitationAccept, realm: OpenRealm, services: AppServices, origin: RequestOrigin
) -> UserSignedIn | MfaRequired:
    """Accept an invitation with a password of one's own."""
    return await mailbox.accept_invitation(services, realm, data, origin)
