"""Routes of app users' second factors and passkeys."""

from typing import cast
from uuid import UUID

from fastapi import APIRouter, status

from app.api.deps import AppServices, CurrentUser, Origin, RequestOrigin
from app.api.openapi import problems
from app.api.routing import ApiRoute
from app.api.services import Services
from app.engine.identity.attempts import TooManyAttemptsError
from app.engine.identity.principal import Caller
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service import factors, passkeys, totp
from app.features.accounts.service.accounts import Proved
from app.features.accounts.service.claims import EmailUnprovedError, check_settled
from app.features.accounts.service.errors import WrongPasswordError
from app.features.accounts.service.factor_schemas import (
    MfaBegin,
    MfaConfirm,
    MfaEnrolment,
    MfaPasskey,
    MfaStatus,
    MfaVerify,
    PasskeyList,
    PasskeyOptions,
    PasskeyRead,
    PasskeyRegister,
    PasskeyRename,
    PasskeySignIn,
    Proof,
    RecoveryCodes,
)
from app.features.accounts.service.passkeys import site_of
from app.features.accounts.service.realms import pool_of, realm_transaction
from app.features.accounts.service.signing import begin_proved_session
from app.features.users.schemas import UserSignedIn
from app.features.users.service.notices import own_change
from app.features.users.service.realms import OpenRealm
from app.features.users.service.signing import with_user

router = APIRouter(prefix="/api/projects/{project}/auth", route_class=ApiRoute, tags=["app auth"])

_PROOF = (WrongPasswordError, totp.WrongCodeError, TooManyAttemptsError)


@router.get("/mfa")
async def get_user_mfa(user: CurrentUser, services: AppServices, realm: OpenRealm) -> MfaStatus:
    """Whether a second factor is in force, and how many recovery codes are left."""
    return await factors.mfa_status(services, realm, _id(user))


@router.post(
    "/mfa",
    status_code=status.HTTP_201_CREATED,
    responses=problems(totp.MfaInForceError, EmailUnprovedError),
)
async def begin_user_mfa(
    data: MfaBegin, user: CurrentUser, services: AppServices, realm: OpenRealm
) -> MfaEnrolment:
    """Set up codes of an authenticator app. In force once ``/mfa/confirm`` has seen one.

    The account's address has to be proved first, by somebody who was signed in: see
    ``/email/prove``.
    """
    del data
    await check_settled(await pool_of(services, realm), realm, _id(user))
    return await factors.begin_mfa(services, realm, _id(user))


@router.post(
    "/mfa/confirm",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(
        totp.NoMfaError, totp.WrongCodeError, TooManyAttemptsError, EmailUnprovedError
    ),
)
async def confirm_user_mfa(
    data: MfaConfirm,
    user: CurrentUser,
    services: AppServices,
    realm: OpenRealm,
    origin: RequestOrigin,
) -> None:
    """Put the second factor in force by a first code of it."""
    first = await totp.check_first_code(services, realm, _id(user), data.code)
    async with own_change(services, realm, user, "mfa_enabled", origin) as connection:
        await totp.enable_totp(connection, realm, _id(user), first)


@router.delete("/mfa", status_code=status.HTTP_204_NO_CONTENT, responses=problems(*_PROOF))
async def remove_user_mfa(
    proof: Proof,
    user: CurrentUser,
    services: AppServices,
    realm: OpenRealm,
    origin: RequestOrigin,
) -> None:
    """Do without the second factor; takes the password or a code."""
    await factors.check_proof(services, realm, _id(user), proof, origin)
    async with own_change(services, realm, user, "mfa_disabled", origin) as connection:
        await totp.remove_totp(connection, realm, _id(user))


@router.post("/mfa/recovery-codes", responses=problems(totp.NoMfaError, *_PROOF))
async def renew_user_recovery_codes(
    proof: Proof,
    user: CurrentUser,
    services: AppServices,
    realm: OpenRealm,
    origin: RequestOrigin,
) -> RecoveryCodes:
    """New recovery codes; the old ones are void."""
    await factors.check_proof(services, realm, _id(user), proof, origin)
    async with own_change(services, realm, user, "recovery_codes_renewed", origin) as connection:
        return await factors.new_recovery_codes(connection, realm, _id(user))


@router.post("/mfa/passkey/options", responses=problems(InvalidTokenError))
async def get_user_mfa_passkey_options(
    data: MfaPasskey, services: AppServices, realm: OpenRealm
) -> PasskeyOptions:
    """What to ask an authenticator with, where a passkey is to be the second factor."""
    return await factors.mfa_passkey_options(
        services, realm, site_of(services, realm), data.mfa_token
    )


@router.post("/mfa/verify", responses=problems(InvalidTokenError, TooManyAttemptsError))
async def verify_user_mfa(
    data: MfaVerify,
    services: AppServices,
    realm: OpenRealm,
    origin: RequestOrigin,
) -> UserSignedIn:
    """Finish a sign-in with a code of the app, a recovery code, or a passkey."""
    proved = await factors.verify_mfa(services, realm, site_of(services, realm), data)
    return await _sign_in(services, realm, proved, origin)


@router.get("/passkeys")
async def list_user_passkeys(
    user: CurrentUser, services: AppServices, realm: OpenRealm
) -> PasskeyList:
    """The account's passkeys."""
    return await factors.list_passkeys(services, realm, _id(user))


@router.post("/passkeys/register/options", responses=problems(EmailUnprovedError))
async def get_user_passkey_registration_options(
    user: CurrentUser, services: AppServices, realm: OpenRealm
) -> PasskeyOptions:
    """What to make a passkey from, for ``navigator.credentials.create``.

    The account's address has to be proved first, as for ``/mfa``.
    """
    await check_settled(await pool_of(services, realm), realm, _id(user))
    return await factors.registration_options(services, realm, site_of(services, realm), _id(user))


@router.post(
    "/passkeys/register/verify",
    status_code=status.HTTP_201_CREATED,
    responses=problems(InvalidTokenError, passkeys.PasskeyRefusedError, EmailUnprovedError),
)
async def register_user_passkey(
    data: PasskeyRegister,
    user: CurrentUser,
    services: AppServices,
    realm: OpenRealm,
    origin: RequestOrigin,
) -> PasskeyRead:
    """Keep the passkey that was made."""
    site = site_of(services, realm)
    made = await passkeys.check_registration(services, realm, site, _id(user), data.credential)
    async with own_change(services, realm, user, "passkey_added", origin) as connection:
        return await factors.keep_passkey(connection, realm, _id(user), made, data)


@router.patch("/passkeys/{passkey_id}", responses=problems(passkeys.PasskeyNotFoundError))
async def rename_user_passkey(
    passkey_id: UUID,
    data: PasskeyRename,
    user: CurrentUser,
    services: AppServices,
    realm: OpenRealm,
) -> PasskeyRead:
    """Give a passkey another name."""
    return await factors.rename_passkey(services, realm, _id(user), passkey_id, data.name)


@router.delete(
    "/passkeys/{passkey_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(passkeys.PasskeyNotFoundError),
)
async def delete_user_passkey(
    passkey_id: UUID,
    user: CurrentUser,
    services: AppServices,
    realm: OpenRealm,
    origin: RequestOrigin,
) -> None:
    """Take a passkey from the account."""
    async with own_change(services, realm, user, "passkey_removed", origin) as connection:
        await passkeys.delete_passkey(connection, realm, _id(user), passkey_id)


@router.post("/passkeys/login/options", responses=problems(TooManyAttemptsError))
async def get_user_passkey_login_options(
    services: AppServices, realm: OpenRealm, origin: RequestOrigin
) -> PasskeyOptions:
    """What to ask an authenticator with, for ``navigator.credentials.get``."""
    return await factors.sign_in_options(services, realm, site_of(services, realm), origin)


@router.post("/passkeys/login/verify", responses=problems(InvalidTokenError, TooManyAttemptsError))
async def login_user_with_passkey(
    data: PasskeySignIn,
    services: AppServices,
    realm: OpenRealm,
    origin: RequestOrigin,
) -> UserSignedIn:
    """Sign in with a passkey alone: it is two factors in one."""
    proved = await factors.verify_passkey(
        services, realm, site_of(services, realm), data.credential, origin
    )
    return await _sign_in(services, realm, proved, origin)


async def _sign_in(
    services: Services, realm: Realm, proved: Proved, origin: Origin
) -> UserSignedIn:
    async with realm_transaction(services, realm) as connection:
        pair = await begin_proved_session(services, realm, connection, proved, origin)
        signed = await with_user(services, connection, realm, proved.account.id, pair)
    if not isinstance(signed, UserSignedIn):
        raise InvalidTokenError
    return signed


def _id(user: Caller) -> UUID:
    return cast(UUID, user.principal.id)
