"""The statements of linked identities: who at which issuer is which account, in a realm."""

from functools import cache

from app.engine.identity.realms import Tables


@cache
def find_identity(tables: Tables) -> str:
    """The account of subject ``$2`` at issuer ``$1``."""
    return f"SELECT account_id FROM {tables.identities} WHERE issuer = $1 AND subject = $2"


@cache
def insert_identity(tables: Tables) -> str:
    """No row where this identity is linked already, to whomever."""
    return (
        f"INSERT INTO {tables.identities} (issuer, subject, provider, account_id, email)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING account_id"
    )


@cache
def list_identities(tables: Tables) -> str:
    """Those of account ``$1``."""
    return (
        f"SELECT provider, email, created_at FROM {tables.identities}"
        " WHERE account_id = $1 ORDER BY created_at, provider"
    )


@cache
def delete_identity(tables: Tables) -> str:
    """Unlink provider ``$2`` from account ``$1``."""
    return (
        f"DELETE FROM {tables.identities} WHERE account_id = $1 AND provider = $2"
        " RETURNING provider"
    )


@cache
def has_way_in(tables: Tables) -> str:
    """Whether account ``$1`` can be signed in to: by password, address, passkey or identity."""
    return (
        "SELECT a.email IS NOT NULL"
        f" OR EXISTS (SELECT FROM {tables.identities} i WHERE i.account_id = a.id)"
        f" OR EXISTS (SELECT FROM {tables.passkeys} p WHERE p.account_id = a.id)"
        f" FROM {tables.accounts} a WHERE a.id = $1"
    )


@cache
def lock_account(tables: Tables) -> str:
    """Hold account ``$1`` against every other change, new sessions included."""
    return f"SELECT id FROM {tables.accounts} WHERE id = $1 FOR UPDATE"


@cache
def insert_proof(tables: Tables) -> str:
    """A one-time token that was proved by other means than an address: hash ``$1``, kind ``$2``,
    account ``$3``, data ``$4``, ``$5`` seconds of life."""
    return (
        f"INSERT INTO {tables.tokens} (hash, kind, account_id, data, expires_at)"
        " VALUES ($1, $2, $3, $4::jsonb, now() + make_interval(secs => $5::float8))"
    )


@cache
def use_up(tables: Tables) -> str:
    """Note that the word with hash ``$1`` was used for ``$2``; no row when it was before."""
    return (
        f"INSERT INTO {tables.tokens} (hash, kind, expires_at, used_at)"
        " VALUES ($1, $2, now() + make_interval(secs => $3::float8), now())"
        " ON CONFLICT DO NOTHING RETURNING hash"
    )
