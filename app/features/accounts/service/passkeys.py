"""Passkeys (WebAuthn): keys of an authenticator that knows its owner by a finger, a face, a PIN.

Challenges are one-time tokens: used up by the first answer, right or wrong. An authenticator has to
verify its user, so that a passkey alone is two factors. Its counter must grow, where it counts.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from app.api.services import Services
from app.core.errors import InvalidError, NotFoundError
from app.core.ids import uuid7
from app.engine.identity import compile_factors as sql
from app.engine.identity.realms import Realm
from app.engine.identity.tokens import InvalidTokenError
from app.features.accounts.service.accounts import Asking, Proved, find_account
from app.features.accounts.service.authenticators import (
    Document,
    as_bytes,
    challenge_of,
    credential_id_of,
    transports_of,
    user_handle_of,
    verified,
)
from app.features.accounts.service.one_time import Purpose, take_token
from app.features.accounts.service.realms import pool_of

CHALLENGE_SECONDS: Final = 300
MOST_PASSKEYS: Final = 20
REGISTER: Final = Purpose("passkey_register", CHALLENGE_SECONDS)
SIGN_IN: Final = Purpose("passkey_sign_in", CHALLENGE_SECONDS)

Passkey = Mapping[str, Any]
"""``id``, ``name``, ``created_at``, ``last_used_at``."""


class PasskeyRefusedError(InvalidError):
    """The authenticator's answer proves nothing here: for another origin, site or challenge."""

    code = "auth_passkey_refused"

    def __init__(self, detail: str = "The passkey cannot be registered.") -> None:
        super().__init__(detail)


class PasskeyNotFoundError(NotFoundError):
    """The account has no such passkey."""

    code = "passkey_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such passkey.")


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are good: the relying party's id, and the origins that may ask for them."""

    id: str
    name: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that was checked and is not kept yet."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]


def site_of(services: Services, realm: Realm) -> Site:
    """The site of a realm: that of its passkey origins, without any the installation's own."""
    origins = realm.rules.passkey_origins or (_origin(services.settings.base_url),)
    name = realm.project.slug if realm.project else "Backendify"
    rp_id = realm.rules.passkey_rp_id or urlsplit(origins[0]).hostname
    return Site(rp_id or "localhost", name, origins)


async def registration_options(
    services: Services, realm: Realm, site: Site, account_id: UUID
) -> Document:
    """What a browser makes a passkey from (PublicKeyCredentialCreationOptions as JSON)."""
    # Imported where it is used: it takes 0.2 s that every start would pay.
    from webauthn import generate_registration_options
    from webauthn.helpers import base64url_to_bytes, options_to_json_dict, structs

    pool = await pool_of(services, realm)
    account = await find_account(pool, realm, account_id)
    if account is None:
        raise InvalidTokenError
    held = await pool.fetch(sql.list_passkeys(realm.tables), account_id)
    challenge = await _new_challenge(services, realm, REGISTER, account_id)
    required = structs.UserVerificationRequirement.REQUIRED
    options = generate_registration_options(
        rp_id=site.id,
        rp_name=site.name,
        user_id=account_id.bytes,
        user_name=account.email or str(account_id),
        user_display_name=account.name or account.email or str(account_id),
        challenge=base64url_to_bytes(challenge),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=row["credential_id"]) for row in held
        ],
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED, user_verification=required
        ),
    )
    document: Document = options_to_json_dict(options)
    return document


async def check_registration(
    services: Services, realm: Realm, site: Site, account_id: UUID, credential: Document
) -> NewPasskey:
    """Check the passkey a browser made. Raises InvalidTokenError for a challenge that is none of
    the account's or was used, PasskeyRefusedError."""
    from webauthn import verify_registration_response

    pool = await pool_of(services, realm)
    challenge = challenge_of(credential)
    taken = await take_token(pool, realm, REGISTER, challenge)
    if taken.account_id != account_id:
        raise InvalidTokenError
    made = verified(
        verify_registration_response,
        PasskeyRefusedError,
        credential=dict(credential),
        expected_challenge=as_bytes(challenge),
        expected_rp_id=site.id,
        expected_origin=list(site.origins),
        require_user_verification=True,
    )
    return NewPasskey(
        made.credential_id,
        made.credential_public_key,
        made.sign_count,
        tuple(transports_of(credential)),
    )


async def keep_passkey(
    asking: Asking, realm: Realm, account_id: UUID, made: NewPasskey, name: str | None
) -> Passkey:
    """Raises PasskeyRefusedError."""
    row = await asking.fetchrow(
        sql.insert_passkey(realm.tables),
        uuid7(),
        account_id,
        made.credential_id,
        made.public_key,
        made.sign_count,
        name,
        list(made.transports),
        MOST_PASSKEYS,
    )
    if row is None:
        raise PasskeyRefusedError("The passkey is registered already, or there are too many.")
    return dict(row)


async def sign_in_options(
    services: Services, realm: Realm, site: Site, account_id: UUID | None = None
) -> Document:
    """What a browser asks an authenticator with: for any passkey of the site, or an account's."""
    from webauthn import generate_authentication_options
    from webauthn.helpers import base64url_to_bytes, options_to_json_dict, structs

    pool = await pool_of(services, realm)
    held = await pool.fetch(sql.list_passkeys(realm.tables), account_id) if account_id else []
    challenge = await _new_challenge(services, realm, SIGN_IN, account_id)
    options = generate_authentication_options(
        rp_id=site.id,
        challenge=base64url_to_bytes(challenge),
        allow_credentials=[
            structs.PublicKeyCredentialDescriptor(id=row["credential_id"]) for row in held
        ],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    document: Document = options_to_json_dict(options)
    return document


async def verify_passkey(
    services: Services, realm: Realm, site: Site, credential: Document
) -> Proved:
    """The account whose passkey answered. Raises InvalidTokenError, whatever is wrong."""
    pool = await pool_of(services, realm)
    challenge = challenge_of(credential)
    taken = await take_token(pool, realm, SIGN_IN, challenge)
    row = await pool.fetchrow(sql.find_passkey(realm.tables), credential_id_of(credential))
    if row is None or taken.account_id not in (None, row["account_id"]):
        raise InvalidTokenError
    if user_handle_of(credential) not in (None, row["account_id"].bytes):
        raise InvalidTokenError
    sign_count = _check_assertion(site, credential, challenge, row)
    if await pool.fetchval(sql.use_passkey(realm.tables), row["id"], sign_count) is None:
        raise InvalidTokenError
    account = await find_account(pool, realm, row["account_id"])
    if account is None or not account.is_active:
        raise InvalidTokenError
    if realm.rules.require_verified_email and not account.is_verified:
        raise InvalidTokenError
    return Proved(account, row["id"])


async def list_passkeys(services: Services, realm: Realm, account_id: UUID) -> list[Passkey]:
    pool = await pool_of(services, realm)
    return [dict(row) for row in await pool.fetch(sql.list_passkeys(realm.tables), account_id)]


async def rename_passkey(
    services: Services, realm: Realm, account_id: UUID, passkey_id: UUID, name: str
) -> Passkey:
    """Raises PasskeyNotFoundError."""
    pool = await pool_of(services, realm)
    statement = sql.rename_passkey(realm.tables)
    row = await pool.fetchrow(statement, account_id, passkey_id, name)
    if row is None:
        raise PasskeyNotFoundError
    return dict(row)


async def delete_passkey(asking: Asking, realm: Realm, account_id: UUID, passkey_id: UUID) -> None:
    """Raises PasskeyNotFoundError."""
    if await asking.fetchval(sql.delete_passkey(realm.tables), account_id, passkey_id) is None:
        raise PasskeyNotFoundError


async def _new_challenge(
    services: Services, realm: Realm, purpose: Purpose, account_id: UUID | None
) -> str:
    """A challenge in the spelling that comes back: base64url."""
    challenge = secrets.token_urlsafe(32)
    hashed = hashlib.sha256(challenge.encode()).hexdigest()
    pool = await pool_of(services, realm)
    statement = sql.insert_challenge(realm.tables)
    await pool.execute(statement, hashed, purpose.kind, account_id, purpose.seconds)
    return challenge


def _check_assertion(site: Site, credential: Document, challenge: str, row: Any) -> int:
    """The new counter of an answer whose signature is right."""
    from webauthn import verify_authentication_response

    checked = verified(
        verify_authentication_response,
        InvalidTokenError,
        credential=dict(credential),
        expected_challenge=as_bytes(challenge),
        expected_rp_id=site.id,
        expected_origin=list(site.origins),
        credential_public_key=row["public_key"],
        credential_current_sign_count=row["sign_count"],
        require_user_verification=True,
    )
    counted: int = checked.new_sign_count
    return counted


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
