"""The statements of second factors and passkeys, for a realm's tables."""

from functools import cache

from app.engine.identity.realms import Tables


@cache
def find_factors(tables: Tables) -> str:
    """What account ``$1`` has beside its password."""
    return (
        "SELECT password_hash, totp_secret, totp_confirmed_at, totp_last_step, updated_at,"
        f" cardinality(recovery_hashes) AS recovery_left FROM {tables.credentials}"
        " WHERE account_id = $1"
    )


@cache
def begin_totp(tables: Tables) -> str:
    """Keep the secret ``$2`` and recovery hashes ``$3``, unless a second factor is in force."""
    return (
        f"INSERT INTO {tables.credentials} AS c (account_id, totp_secret, recovery_hashes)"
        f" SELECT id, $2, $3::text[] FROM {tables.accounts} WHERE id = $1"
        " ON CONFLICT (account_id) DO UPDATE SET totp_secret = EXCLUDED.totp_secret,"
        " recovery_hashes = EXCLUDED.recovery_hashes, totp_last_step = NULL"
        " WHERE c.totp_confirmed_at IS NULL RETURNING account_id"
    )


@cache
def confirm_totp(tables: Tables) -> str:
    """Put the secret ``$2`` in force; ``$3`` is the step of the code that proved it."""
    return (
        f"UPDATE {tables.credentials} SET totp_confirmed_at = now(), totp_last_step = $3"
        " WHERE account_id = $1 AND totp_secret = $2 AND totp_confirmed_at IS NULL"
        " RETURNING account_id"
    )


@cache
def use_step(tables: Tables) -> str:
    """Use up the codes up to step ``$2``: of many at once one gets the row."""
    return (
        f"UPDATE {tables.credentials} SET totp_last_step = $2 WHERE account_id = $1"
        " AND totp_confirmed_at IS NOT NULL AND coalesce(totp_last_step, 0) < $2"
        " RETURNING account_id"
    )


@cache
def use_recovery_code(tables: Tables) -> str:
    return (
        f"UPDATE {tables.credentials} SET recovery_hashes = array_remove(recovery_hashes, $2)"
        " WHERE account_id = $1 AND totp_confirmed_at IS NOT NULL"
        " AND $2 = ANY(recovery_hashes) RETURNING account_id"
    )


@cache
def replace_recovery_codes(tables: Tables) -> str:
    return (
        f"UPDATE {tables.credentials} SET recovery_hashes = $2::text[]"
        " WHERE account_id = $1 AND totp_confirmed_at IS NOT NULL RETURNING account_id"
    )


@cache
def remove_totp(tables: Tables) -> str:
    return (
        f"UPDATE {tables.credentials} SET totp_secret = NULL, totp_confirmed_at = NULL,"
        " totp_last_step = NULL, recovery_hashes = '{}' WHERE account_id = $1"
    )


@cache
def insert_challenge(tables: Tables) -> str:
    """A one-time token for account ``$3`` or anyone, which no mail is sent about."""
    return (
        f"INSERT INTO {tables.tokens} (hash, kind, account_id, expires_at)"
        " VALUES ($1, $2, $3, now() + make_interval(secs => $4::float8))"
    )


@cache
def list_passkeys(tables: Tables) -> str:
    """Those of account ``$1``, the oldest first."""
    return (
        "SELECT id, credential_id, name, transports, created_at, last_used_at"
        f" FROM {tables.passkeys} WHERE account_id = $1 ORDER BY id"
    )


@cache
def insert_passkey(tables: Tables) -> str:
    """Unless account ``$2`` has ``$8`` already, or somebody has this very credential."""
    return (
        f"INSERT INTO {tables.passkeys}"
        " (id, account_id, credential_id, public_key, sign_count, name, transports)"
        " SELECT $1, $2, $3, $4, $5, $6, $7::text[]"
        f" WHERE (SELECT count(*) FROM {tables.passkeys} WHERE account_id = $2) < $8"
        " ON CONFLICT (credential_id) DO NOTHING"
        " RETURNING id, name, created_at, last_used_at"
    )


@cache
def find_passkey(tables: Tables) -> str:
    return (
        f"SELECT id, account_id, public_key, sign_count FROM {tables.passkeys}"
        " WHERE credential_id = $1"
    )


@cache
def find_passkey_by_id(tables: Tables) -> str:
    return f"SELECT id FROM {tables.passkeys} WHERE account_id = $1 AND id = $2"


@cache
def use_passkey(tables: Tables) -> str:
    """Note a use with the counter ``$2``: one that does not grow is of a copy. Authenticators
    that do not count say 0."""
    return (
        f"UPDATE {tables.passkeys} SET sign_count = $2, last_used_at = now()"
        " WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0)) RETURNING id"
    )


@cache
def rename_passkey(tables: Tables) -> str:
    return (
        f"UPDATE {tables.passkeys} SET name = $3 WHERE id = $2 AND account_id = $1"
        " RETURNING id, name, created_at, last_used_at"
    )


@cache
def delete_passkey(tables: Tables) -> str:
    return f"DELETE FROM {tables.passkeys} WHERE id = $2 AND account_id = $1 RETURNING id"
