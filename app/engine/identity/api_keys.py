"""API keys: what a server shows instead of a person's token.

``bk_<id>_<secret>``: found by its id, its 256 random bits compared by their hash. Managing keys is
the feature ``api_keys``; what the scopes of one allow is compiled by ``engine/policy``.
"""

import hashlib
import hmac
import secrets
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from app.core.db import Database
from app.core.errors import ForbiddenError
from app.core.ids import project_schema
from app.engine.identity.principal import Caller, Principal, Project, Scope, id_or_slug
from app.engine.identity.projects import ProjectArchivedError, ProjectNotFoundError
from app.engine.identity.tokens import ExpiredTokenError, InvalidTokenError

PREFIX: Final = "bk_"

_NOBODYS_HASH: Final = "0" * 64
_FIND: Final = """
SELECT k.id, k.secret_hash, k.scopes, k.networks,
  CASE WHEN k.former_until > now() THEN k.former_hash END AS former_hash,
  coalesce(k.expires_at <= now(), false) AS has_expired,
  coalesce(k.last_used_at < now() - interval '1 minute', true) AS is_use_news,
  p.id AS project_id, p.slug, p.state
FROM backendify.api_keys k JOIN backendify.projects p ON p.id = k.project_id
WHERE k.id = $1
"""
_NOTE_USE: Final = """
UPDATE backendify.api_keys SET last_used_at = now()
WHERE id = $1 AND coalesce(last_used_at < now() - interval '1 minute', true)
"""


class AddressRefusedError(ForbiddenError):
    """The API key may be used from other addresses only."""

    code = "auth_address_refused"

    def __init__(self) -> None:
        super().__init__(
            "This API key may not be used from your address.",
            hint="The addresses it may come from are the key's networks.",
        )


def make_key(key_id: UUID) -> tuple[str, str]:
    """A new key's text, and the hash that is kept of its secret."""
    secret = secrets.token_hex(32)
    return f"{PREFIX}{key_id.hex}_{secret}", _hash(secret)


def credentials_of(headers: dict[bytes, bytes]) -> str:
    """What a request presents: its ``Authorization``, else ``ApiKey <X-API-Key>``, else nothing."""
    authorization = headers.get(b"authorization")
    if authorization:
        return authorization.decode("latin-1")
    key = headers.get(b"x-api-key")
    return f"ApiKey {key.decode('latin-1')}" if key else ""


def check_address(principal: Principal, address: str | None) -> None:
    """Refuse a key that is used from outside its networks. ``address`` is one nobody can forge.

    Raises AddressRefusedError.
    """
    if principal.networks and not _is_within(principal.networks, address or ""):
        raise AddressRefusedError


async def find_key_caller(database: Database, key: str, project_ref: str) -> Caller:
    """The caller that a key's text stands for, looked up anew; notes its use once a minute.

    Raises InvalidTokenError, ExpiredTokenError, ProjectNotFoundError, ProjectArchivedError.
    """
    key_id, secret = _parts(key)
    row = await database.owner.fetchrow(_FIND, key_id)
    if not _fits(secret, row) or row is None:
        raise InvalidTokenError("The API key is not valid.")
    if row["has_expired"]:
        raise ExpiredTokenError
    _check_project(row, project_ref)
    if row["is_use_news"]:
        await database.owner.execute(_NOTE_USE, key_id)
    project = Project(row["project_id"], row["slug"], project_schema(row["project_id"]))
    return Caller(_principal(row), project)


def _parts(key: str) -> tuple[UUID, str]:
    prefix, _, rest = key.partition("_")
    key_id, _, secret = rest.partition("_")
    try:
        if len(key) <= 200 and f"{prefix}_" == PREFIX and len(key_id) == 32:
            return UUID(key_id), secret
    except ValueError:
        pass
    raise InvalidTokenError("The API key is not valid.")


def _fits(secret: str, row: Record | None) -> bool:
    """Whether the secret is the key's, or its former one in its time of grace."""
    given = _hash(secret)
    newest = row["secret_hash"] if row else _NOBODYS_HASH
    former = (row["former_hash"] if row else None) or _NOBODYS_HASH
    # Both are compared, so that time tells nothing.
    return hmac.compare_digest(given, newest) | hmac.compare_digest(given, former)


def _check_project(row: Record, project_ref: str) -> None:
    project_id, slug = id_or_slug(project_ref)
    if row["project_id"] != project_id and row["slug"] != slug:
        raise ProjectNotFoundError
    if row["state"] != "active":
        raise ProjectArchivedError


def _principal(row: Record) -> Principal:
    scopes = tuple(Scope(*stored.split(":", 1)) for stored in row["scopes"])
    return Principal("api_key", row["id"], scopes=scopes, networks=tuple(row["networks"]))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@lru_cache(maxsize=10_000)
def _is_within(networks: tuple[str, ...], address: str) -> bool:
    try:
        given: Any = ip_address(address)
    except ValueError:
        return False
    given = getattr(given, "ipv4_mapped", None) or given
    return any(given in network for network in _networks(networks))


@lru_cache(maxsize=1_000)
def _networks(networks: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in networks)
