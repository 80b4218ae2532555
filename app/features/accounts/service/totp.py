"""The second factor by time: codes of an authenticator app (RFC 6238), with recovery codes.

The secret is kept encrypted, for its account only. A code is good once, half a minute before and
after its time; guesses are counted for the account, wherever they come from: whoever gets to guess
has proved the first factor already.
"""

import hmac
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import pyotp

from app.api.services import Services
from app.core.clock import utc_now
from app.core.errors import ConflictError, InvalidError, NotFoundError, Violation
from app.engine.identity import compile_factors as sql
from app.engine.identity.credentials import MFA
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service.accounts import (
    Account,
    Asking,
    find_account,
    second_factors_of,
)
from app.features.accounts.service.realms import pool_of
from app.features.accounts.service.recovery import (
    make_recovery_codes,
    recovery_hashes,
    use_recovery_code,
)

STEP_SECONDS: Final = 30
DRIFT_STEPS: Final = (0, -1, 1)
ISSUER: Final = "Backendify"


class MfaInForceError(ConflictError):
    """The account has a second factor; remove it before setting up another."""

    code = "auth_mfa_in_force"

    def __init__(self) -> None:
        super().__init__("A second factor is in force already.")


class NoMfaError(NotFoundError):
    """The account has no second factor, or none that waits to be confirmed."""

    code = "auth_mfa_not_found"

    def __init__(self) -> None:
        super().__init__("There is no second factor to do this with.")


class WrongCodeError(InvalidError):
    """The code is wrong, was used, or its time is over."""

    code = "auth_code_wrong"

    def __init__(self) -> None:
        wrong = "The code is not valid."
        super().__init__(wrong, errors=[Violation("/code", self.code, wrong)])


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is shown once: the secret, the same as a URL for a QR code, and the way back."""

    secret: str
    otpauth_url: str
    recovery_codes: list[str]


@dataclass(frozen=True, slots=True)
class FirstCode:
    """The encrypted secret whose code was right, and the step it was of."""

    sealed: Any = field(repr=False)
    step: int


async def begin_totp(services: Services, realm: Realm, account_id: UUID) -> Enrolment:
    """A new secret, in force as soon as a code proves that it arrived. Raises MfaInForceError."""
    pool = await pool_of(services, realm)
    account = await _get_account(services, realm, account_id)
    secret, codes = pyotp.random_base32(), make_recovery_codes()
    kept = services.sealer.seal(secret.encode(), _purpose(realm, account_id))
    hashes = recovery_hashes(account_id, codes)
    if await pool.fetchval(sql.begin_totp(realm.tables), account_id, kept, hashes) is None:
        raise MfaInForceError
    issuer = realm.project.slug if realm.project else ISSUER
    url = pyotp.TOTP(secret).provisioning_uri(
        name=account.email or str(account_id), issuer_name=issuer
    )
    return Enrolment(secret, url, codes)


async def check_first_code(
    services: Services, realm: Realm, account_id: UUID, code: str
) -> FirstCode:
    """Check a code of the secret that waits. Raises NoMfaError, WrongCodeError."""
    await _count_guess(services, realm, account_id)
    pool = await pool_of(services, realm)
    row = await pool.fetchrow(sql.find_factors(realm.tables), account_id)
    if row is None or row["totp_secret"] is None or row["totp_confirmed_at"] is not None:
        raise NoMfaError
    step = _step_of(_open(services, realm, account_id, row["totp_secret"]), code)
    if step is None:
        raise WrongCodeError
    await _forget_guesses(services, realm, account_id)
    return FirstCode(row["totp_secret"], step)


async def enable_totp(asking: Asking, realm: Realm, account_id: UUID, first: FirstCode) -> None:
    """Put the secret in force. Raises NoMfaError where it waits no longer."""
    confirm = sql.confirm_totp(realm.tables)
    if await asking.fetchval(confirm, account_id, first.sealed, first.step) is None:
        raise NoMfaError


async def read_mfa_token(services: Services, realm: Realm, token: str) -> Account:
    """The account that proved its first factor. Raises InvalidTokenError, ExpiredTokenError.

    Void is a token from before the password was last changed.
    """
    claims = services.tokens.verify(token, kind=MFA, audience=realm.audience)
    pool = await pool_of(services, realm)
    # In this order: what changes in between shows in the row, or when the session is to begin.
    account = await find_account(pool, realm, claims.subject)
    row = await pool.fetchrow(sql.find_factors(realm.tables), claims.subject)
    if account is None or row is None or not account.is_active:
        raise InvalidTokenError
    if claims.values["iat"] < int(row["updated_at"].timestamp()) or not second_factors_of(account):
        raise InvalidTokenError
    return account


async def use_code(services: Services, realm: Realm, account_id: UUID, code: str) -> None:
    """Use up a code of the app or a recovery code.

    Raises WrongCodeError, TooManyAttemptsError.
    """
    await _count_guess(services, realm, account_id)
    pool = await pool_of(services, realm)
    if not await _use_totp(services, realm, account_id, code) and not await use_recovery_code(
        pool, realm, account_id, code
    ):
        raise WrongCodeError
    await _forget_guesses(services, realm, account_id)


async def replace_recovery_codes(asking: Asking, realm: Realm, account_id: UUID) -> list[str]:
    """New codes; the old ones are void. Raises NoMfaError."""
    codes = make_recovery_codes()
    statement = sql.replace_recovery_codes(realm.tables)
    if await asking.fetchval(statement, account_id, recovery_hashes(account_id, codes)) is None:
        raise NoMfaError
    return codes


async def remove_totp(asking: Asking, realm: Realm, account_id: UUID) -> None:
    await asking.execute(sql.remove_totp(realm.tables), account_id)


async def recovery_codes_left(services: Services, realm: Realm, account_id: UUID) -> int | None:
    """How many are unused; None where no second factor is in force."""
    pool = await pool_of(services, realm)
    row = await pool.fetchrow(sql.find_factors(realm.tables), account_id)
    if row is None or row["totp_confirmed_at"] is None:
        return None
    left: int = row["recovery_left"]
    return left


async def _use_totp(services: Services, realm: Realm, account_id: UUID, code: str) -> bool:
    pool = await pool_of(services, realm)
    row = await pool.fetchrow(sql.find_factors(realm.tables), account_id)
    if row is None or row["totp_confirmed_at"] is None:
        return False
    step = _step_of(_open(services, realm, account_id, row["totp_secret"]), code)
    if step is None:
        return False
    return await pool.fetchval(sql.use_step(realm.tables), account_id, step) is not None


def _step_of(secret: str, code: str) -> int | None:
    """The step whose code this is, of those that are good now."""
    plain = code.replace(" ", "")
    if not (plain.isascii() and plain.isdigit()):
        return None
    now = int(utc_now().timestamp()) // STEP_SECONDS
    otp = pyotp.TOTP(secret)
    matching = [
        now + drift
        for drift in DRIFT_STEPS
        if hmac.compare_digest(otp.generate_otp(now + drift), plain)
    ]
    return matching[0] if matching else None


async def _get_account(services: Services, realm: Realm, account_id: UUID) -> Account:
    account = await find_account(await pool_of(services, realm), realm, account_id)
    if account is None:
        raise InvalidTokenError
    return account


async def _count_guess(services: Services, realm: Realm, account_id: UUID) -> None:
    await services.attempts.begin(*_guessing(realm, account_id))


async def _forget_guesses(services: Services, realm: Realm, account_id: UUID) -> None:
    await services.attempts.succeeded(*_guessing(realm, account_id))


def _guessing(realm: Realm, account_id: UUID) -> tuple[str, str, str]:
    # The account stands for the address: another address gives no more guesses.
    return f"{realm.audience} mfa", str(account_id), f"account:{account_id}"


def _open(services: Services, realm: Realm, account_id: UUID, sealed: Any) -> str:
    return services.sealer.open(sealed, _purpose(realm, account_id)).decode()


def _purpose(realm: Realm, account_id: UUID) -> str:
    return f"totp {realm.audience} {account_id}"
