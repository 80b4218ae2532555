"""One-time tokens and codes: kept as hashes, used up by one atomic statement.

A token is 256 random bits and found by its hash. A code is a few digits for people to type: it is
kept as a keyed hash, belongs to one address, and dies with its third wrong guess.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy

from app.api.services import Services
from app.engine.identity import compile_accounts as sql
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service.accounts import Asking

CODE_DIGITS: Final = 6
MOST_GUESSES: Final = 3
MOST_PER_HOUR: Final = 10
"""To one address, of one kind: nobody floods a mailbox, and codes cannot be guessed in numbers."""

_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a token is good for; one of another kind never passes. ``seconds`` is its life."""

    kind: str
    seconds: int


VERIFY_EMAIL: Final = Purpose("verify_email", 48 * _HOUR)
RESET_PASSWORD: Final = Purpose("reset_password", _HOUR)
MAGIC_LINK: Final = Purpose("magic_link", _HOUR // 4)
ONE_TIME_CODE: Final = Purpose("otp", _HOUR // 6)
CHANGE_EMAIL: Final = Purpose("email_change", 24 * _HOUR)
INVITATION: Final = Purpose("invitation", 7 * 24 * _HOUR)
PROVE_EMAIL: Final = Purpose("email_proof", _HOUR // 6)

_BY_MAILBOX: Final = [
    p.kind
    for p in (RESET_PASSWORD, MAGIC_LINK, ONE_TIME_CODE, CHANGE_EMAIL, INVITATION, PROVE_EMAIL)
]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was kept with a token that has just been used up."""

    account_id: UUID | None
    email: str | None
    data: Mapping[str, Any]


async def issue_token(
    asking: Asking,
    realm: Realm,
    purpose: Purpose,
    *,
    account_id: UUID | None = None,
    email: str,
    data: Mapping[str, Any] | None = None,
) -> str | None:
    """A new token for whoever reads the mails to ``email``; None where too many went there."""
    token = secrets.token_urlsafe(32)
    kept = (purpose.kind, account_id, email, json.dumps(dict(data or {})), purpose.seconds)
    made = await asking.fetchval(sql.insert_token(realm.tables), _hash(token), *kept, MOST_PER_HOUR)
    return None if made is None else token


async def issue_code(
    services: Services, asking: Asking, realm: Realm, purpose: Purpose, account_id: UUID, email: str
) -> str | None:
    """A new code for an address; those before it are void."""
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    await asking.execute(sql.void_tokens(realm.tables), [purpose.kind], None, email)
    made = await asking.fetchval(
        sql.insert_token(realm.tables),
        _code_hash(services, realm, purpose, email, code),
        purpose.kind,
        account_id,
        email,
        "{}",
        purpose.seconds,
        MOST_PER_HOUR,
    )
    return None if made is None else code


async def take_token(asking: Asking, realm: Realm, purpose: Purpose, token: str) -> Taken:
    """Use up a token, in the transaction of what it is good for. Raises InvalidTokenError alike
    for one that is unknown, used or expired."""
    row = await asking.fetchrow(sql.take_token(realm.tables), _hash(token), purpose.kind)
    if row is None:
        raise InvalidTokenError
    return Taken(row["account_id"], row["email"], json.loads(row["data"]))


async def take_mailed(
    connection: PoolConnectionProxy, realm: Realm, purpose: Purpose, token: str
) -> Taken:
    """The same, and its account is held until the transaction ends. Raises InvalidTokenError."""
    await connection.execute(sql.hold_of_token(realm.tables), _hash(token), purpose.kind)
    return await take_token(connection, realm, purpose, token)


async def take_code(
    services: Services, asking: Asking, realm: Realm, purpose: Purpose, email: str, code: str
) -> Taken:
    """Use up a code. ``asking`` is in no transaction: a wrong guess counts whatever follows.

    Raises InvalidTokenError.
    """
    hashed = _code_hash(services, realm, purpose, email, code)
    statement = sql.guess_code(realm.tables)
    row = await asking.fetchrow(statement, hashed, purpose.kind, email, MOST_GUESSES)
    if row is None or row["used_at"] is None:
        raise InvalidTokenError("The code is not valid.")
    return Taken(row["account_id"], row["email"], json.loads(row["data"]))


async def void_mailbox_tokens(
    asking: Asking, realm: Realm, account_id: UUID, email: str | None
) -> None:
    """Void what was mailed before the account's password or address changed."""
    await asking.execute(sql.void_tokens(realm.tables), _BY_MAILBOX, account_id, email)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _code_hash(services: Services, realm: Realm, purpose: Purpose, email: str, code: str) -> str:
    # Keyed: a few digits could be found from a plain hash by trying them all.
    said = "\n".join((realm.audience, purpose.kind, email, code))
    key = services.settings.jwt_secret.encode()
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()
