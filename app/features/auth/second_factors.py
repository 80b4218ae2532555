"""Routes of the console's second factors and passkeys."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status

from app.api.deps import AppServices, CurrentAdmin, Origin, RequestOrigin
from app.api.openapi import problems
from app.api.routing import ApiRoute
from app.api.services import Services
from app.engine.identity.attempts import TooManyAttemptsError
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service import factors, passkeys, totp
from app.features.accounts.service.accounts import Proved
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
from app.features.accounts.service.realms import console_realm_of, realm_transaction
from app.features.accounts.service.signing import begin_proved_session
from app.features.auth.browser import Browser, CrossSiteError
from app.features.auth.notices import own_change
from app.features.auth.schemas import SignedIn
from app.features.auth.service import log_admin, with_admin

second_factors = APIRouter(prefix="/api/auth", route_class=ApiRoute, tags=["auth"])

_PROOF = (WrongPasswordError, totp.WrongCodeError, TooManyAttemptsError)


def _realm(services: AppServices) -> Realm:
    return console_realm_of(services)


def _site(services: AppServices) -> passkeys.Site:
    return passkeys.site_of(services, console_realm_of(services))


ConsoleRealm = Annotated[Realm, Depends(_realm)]
ConsoleSite = Annotated[passkeys.Site, Depends(_site)]


@second_factors.get("/mfa")
async def get_my_mfa(admin: CurrentAdmin, services: AppServices, realm: ConsoleRealm) -> MfaStatus:
    """Whether a second factor is in force, and how many recovery codes are left."""
    return await factors.mfa_status(services, realm, admin.id)


@second_factors.post(
    "/mfa", status_code=status.HTTP_201_CREATED, responses=problems(totp.MfaInForceError)
)
async def begin_my_mfa(
    data: MfaBegin, admin: CurrentAdmin, services: AppServices, realm: ConsoleRealm
) -> MfaEnrolment:
    """Set up codes of an authenticator app. In force once ``/mfa/confirm`` has seen one."""
    del data
    return await factors.begin_mfa(services, realm, admin.id)


@second_factors.post(
    "/mfa/confirm",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(totp.NoMfaError, totp.WrongCodeError, TooManyAttemptsError),
)
async def confirm_my_mfa(
    data: MfaConfirm,
    admin: CurrentAdmin,
    services: AppServices,
    realm: ConsoleRealm,
    origin: RequestOrigin,
) -> None:
    """Put the second factor in force by a first code of it."""
    first = await totp.check_first_code(services, realm, admin.id, data.code)
    async with own_change(services, admin, "mfa_enabled", origin) as connection:
        await totp.enable_totp(connection, realm, admin.id, first)


@second_factors.delete("/mfa", status_code=status.HTTP_204_NO_CONTENT, responses=problems(*_PROOF))
async def remove_my_mfa(
    proof: Proof,
    admin: CurrentAdmin,
    services: AppServices,
    realm: ConsoleRealm,
    origin: RequestOrigin,
) -> None:
    """Do without the second factor; takes the password or a code."""
    await factors.check_proof(services, realm, admin.id, proof, origin)
    async with own_change(services, admin, "mfa_disabled", origin) as connection:
        await totp.remove_totp(connection, realm, admin.id)


@second_factors.post("/mfa/recovery-codes", responses=problems(totp.NoMfaError, *_PROOF))
async def renew_my_recovery_codes(
    proof: Proof,
    admin: CurrentAdmin,
    services: AppServices,
    realm: ConsoleRealm,
    origin: RequestOrigin,
) -> RecoveryCodes:
    """New recovery codes; the old ones are void."""
    await factors.check_proof(services, realm, admin.id, proof, origin)
    async with own_change(services, admin, "recovery_codes_renewed", origin) as connection:
        return await factors.new_recovery_codes(connection, realm, admin.id)


@second_factors.post("/mfa/passkey/options", responses=problems(InvalidTokenError))
async def get_mfa_passkey_options(
    data: MfaPasskey, services: AppServices, realm: ConsoleRealm, site: ConsoleSite
) -> PasskeyOptions:
    """What to ask an authenticator with, where a passkey is to be the second factor."""
    return await factors.mfa_passkey_options(services, realm, site, data.mfa_token)


@second_factors.post(
    "/mfa/verify", responses=problems(InvalidTokenError, TooManyAttemptsError, CrossSiteError)
)
async def verify_mfa(
    data: MfaVerify,
    services: AppServices,
    realm: ConsoleRealm,
    site: ConsoleSite,
    origin: RequestOrigin,
    browser: Browser,
) -> SignedIn:
    """Finish a sign-in with a code of the app, a recovery code, or a passkey."""
    proved = await factors.verify_mfa(services, realm, site, data)
    return browser.keep(await _sign_in(services, realm, proved, origin))


@second_factors.get("/passkeys")
async def list_my_passkeys(
    admin: CurrentAdmin, services: AppServices, realm: ConsoleRealm
) -> PasskeyList:
    """The account's passkeys."""
    return await factors.list_passkeys(services, realm, admin.id)


@second_factors.post("/passkeys/register/options")
async def get_passkey_registration_options(
    admin: CurrentAdmin, services: AppServices, realm: ConsoleRealm, site: ConsoleSite
) -> PasskeyOptions:
    """What to make a passkey from, for ``navigator.credentials.create``."""
    return await factors.registration_options(services, realm, site, admin.id)


@second_factors.post(
    "/passkeys/register/verify",
    status_code=status.HTTP_201_CREATED,
    responses=problems(InvalidTokenError, passkeys.PasskeyRefusedError),
)
async def register_my_passkey(
    data: PasskeyRegister,
    admin: CurrentAdmin,
    services: AppServices,
    realm: ConsoleRealm,
    site: ConsoleSite,
    origin: RequestOrigin,
) -> PasskeyRead:
    """Keep the passkey that was made."""
    made = await passkeys.check_registration(services, realm, site, admin.id, data.credential)
    async with own_change(services, admin, "passkey_added", origin) as connection:
        return await factors.keep_passkey(connection, realm, admin.id, made, data)


@second_factors.patch("/passkeys/{passkey_id}", responses=problems(passkeys.PasskeyNotFoundError))
async def rename_my_passkey(
    passkey_id: UUID,
    data: PasskeyRename,
    admin: CurrentAdmin,
    services: AppServices,
    realm: ConsoleRealm,
) -> PasskeyRead:
    """Give a passkey another name."""
    return await factors.rename_passkey(services, realm, admin.id, passkey_id, data.name)


@second_factors.delete(
    "/passkeys/{passkey_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(passkeys.PasskeyNotFoundError),
)
async def delete_my_passkey(
    passkey_id: UUID,
    admin: CurrentAdmin,
    services: AppServices,
    realm: ConsoleRealm,
    origin: RequestOrigin,
) -> None:
    """Take a passkey from the account."""
    async with own_change(services, admin, "passkey_removed", origin) as connection:
        await passkeys.delete_passkey(connection, realm, admin.id, passkey_id)


@second_factors.post("/passkeys/login/options", responses=problems(TooManyAttemptsError))
async def get_passkey_login_options(
    services: AppServices, realm: ConsoleRealm, site: ConsoleSite, origin: RequestOrigin
) -> PasskeyOptions:
    """What to ask an authenticator with, for ``navigator.credentials.get``."""
    return await factors.sign_in_options(services, realm, site, origin)


@second_factors.post(
    "/passkeys/login/verify",
    responses=problems(InvalidTokenError, TooManyAttemptsError, CrossSiteError),
)
async def login_with_passkey(
    data: PasskeySignIn,
    services: AppServices,
    realm: ConsoleRealm,
    site: ConsoleSite,
    origin: RequestOrigin,
    browser: Browser,
) -> SignedIn:
    """Sign in with a passkey alone: it is two factors in one."""
    proved = await factors.verify_passkey(services, realm, site, data.credential, origin)
    return browser.keep(await _sign_in(services, realm, proved, origin))


async def _sign_in(services: Services, realm: Realm, proved: Proved, origin: Origin) -> SignedIn:
    async with realm_transaction(services, realm) as connection:
        pair = await begin_proved_session(services, realm, connection, proved, origin)
        await log_admin(connection, proved.account.id, "admin.logged_in", origin)
        signed = await with_admin(connection, proved.account.id, pair)
    if not isinstance(signed, SignedIn):
        raise InvalidTokenError
    return signed
