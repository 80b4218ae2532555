"""What both realms' routes do with second factors and passkeys."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service import passkeys, totp
from app.features.accounts.service.accounts import Asking, Proved, find_account
from app.features.accounts.service.errors import WrongPasswordError
from app.features.accounts.service.factor_schemas import (
    MfaEnrolment,
    MfaStatus,
    MfaVerify,
    PasskeyList,
    PasskeyOptions,
    PasskeyRead,
    PasskeyRegister,
    Proof,
    RecoveryCodes,
)
from app.features.accounts.service.passkeys import Site
from app.features.accounts.service.realms import pool_of
from app.features.accounts.service.throttle import attempt_succeeded, begin_attempt


async def begin_mfa(services: Services, realm: Realm, account_id: UUID) -> MfaEnrolment:
    begun = await totp.begin_totp(services, realm, account_id)
    return MfaEnrolment(
        secret=begun.secret, otpauth_url=begun.otpauth_url, recovery_codes=begun.recovery_codes
    )


async def mfa_status(services: Services, realm: Realm, account_id: UUID) -> MfaStatus:
    left = await totp.recovery_codes_left(services, realm, account_id)
    return MfaStatus(enabled=left is not None, recovery_codes_left=left or 0)


async def new_recovery_codes(asking: Asking, realm: Realm, account_id: UUID) -> RecoveryCodes:
    codes = await totp.replace_recovery_codes(asking, realm, account_id)
    return RecoveryCodes(recovery_codes=codes)


async def verify_mfa(services: Services, realm: Realm, site: Site, data: MfaVerify) -> Proved:
    """The account whose second factor is proved too. Raises InvalidTokenError."""
    account = await totp.read_mfa_token(services, realm, data.mfa_token)
    if data.passkey is not None:
        proved = await passkeys.verify_passkey(services, realm, site, data.passkey)
        if proved.account.id != account.id:
            raise InvalidTokenError
        return Proved(account, proved.passkey_id)
    try:
        await totp.use_code(services, realm, account.id, str(data.code))
    except totp.WrongCodeError:
        raise InvalidTokenError("The code is not valid.") from None
    return Proved(account)


async def mfa_passkey_options(
    services: Services, realm: Realm, site: Site, mfa_token: str
) -> PasskeyOptions:
    account = await totp.read_mfa_token(services, realm, mfa_token)
    options = await passkeys.sign_in_options(services, realm, site, account.id)
    return PasskeyOptions(public_key=dict(options))


async def registration_options(
    services: Services, realm: Realm, site: Site, account_id: UUID
) -> PasskeyOptions:
    options = await passkeys.registration_options(services, realm, site, account_id)
    return PasskeyOptions(public_key=dict(options))


async def keep_passkey(
    asking: Asking,
    realm: Realm,
    account_id: UUID,
    made: passkeys.NewPasskey,
    data: PasskeyRegister,
) -> PasskeyRead:
    return _read(await passkeys.keep_passkey(asking, realm, account_id, made, data.name))


async def sign_in_options(
    services: Services, realm: Realm, site: Site, origin: Origin
) -> PasskeyOptions:
    """For any passkey of the site; addresses that ask too often are refused."""
    options = await passkeys.sign_in_options(services, realm, site)
    await begin_attempt(services, realm, "passkey", options["challenge"], origin)
    return PasskeyOptions(public_key=dict(options))


async def verify_passkey(
    services: Services, realm: Realm, site: Site, credential: Mapping[str, Any], origin: Origin
) -> Proved:
    """The account whose passkey answered. Raises InvalidTokenError."""
    await begin_attempt(services, realm, "passkey_verify", "", origin)
    proved = await passkeys.verify_passkey(services, realm, site, credential)
    await attempt_succeeded(services, realm, "passkey_verify", "", origin)
    return proved


async def list_passkeys(services: Services, realm: Realm, account_id: UUID) -> PasskeyList:
    held = await passkeys.list_passkeys(services, realm, account_id)
    return PasskeyList(data=[_read(passkey) for passkey in held])


async def rename_passkey(
    services: Services, realm: Realm, account_id: UUID, passkey_id: UUID, name: str
) -> PasskeyRead:
    return _read(await passkeys.rename_passkey(services, realm, account_id, passkey_id, name))


async def check_proof(
    services: Services, realm: Realm, account_id: UUID, proof: Proof, origin: Origin
) -> None:
    """That it is the owner who asks.

    Raises WrongPasswordError, WrongCodeError, TooManyAttemptsError.
    """
    if proof.code is not None:
        await totp.use_code(services, realm, account_id, proof.code)
        return
    await begin_attempt(services, realm, "password", str(account_id), origin)
    account = await find_account(await pool_of(services, realm), realm, account_id)
    stored = account.password_hash if account else None
    if not await services.passwords.verify(str(proof.password), stored):
        raise WrongPasswordError
    await attempt_succeeded(services, realm, "password", str(account_id), origin)


def _read(passkey: Mapping[str, Any]) -> PasskeyRead:
    return PasskeyRead(**{name: passkey[name] for name in PasskeyRead.model_fields})
