"""The statements of signing in, for a realm's tables: sessions, passwords, one-time tokens."""

from functools import cache
from typing import Literal

from app.engine.identity.realms import Realm, Tables

By = Literal["id", "email"]

_SHOWN_SESSION = "id, created_at, rotated_at, expires_at, address, user_agent"


def find_account(realm: Realm, by: By) -> str:
    """An account with its credentials, by ``$1``."""
    return _find_account(realm.tables, by, realm.is_console)


@cache
def _find_account(tables: Tables, by: By, is_console: bool) -> str:
    # Admins have neither a status nor an unproved address that would matter.
    state = (
        "true AS is_active, true AS is_verified"
        if is_console
        else "a.status = 'active' AS is_active, a.email_verified AS is_verified"
    )
    return (
        f"SELECT a.id, a.email, a.name, {state}, c.password_hash, c.totp_confirmed_at"
        f" FROM {tables.accounts} a LEFT JOIN {tables.credentials} c ON c.account_id = a.id"
        f" WHERE a.{by} = $1"
    )


@cache
def hold_account(tables: Tables) -> str:
    """Hold account ``$1`` against every other sign-in, change of what opens it, and take-over."""
    return f"SELECT id FROM {tables.accounts} WHERE id = $1 FOR NO KEY UPDATE"


@cache
def hold_of_token(tables: Tables) -> str:
    """The same for the account of the token with hash ``$1`` of kind ``$2``: accounts are held
    before tokens are used up, everywhere, so that two never wait for one another."""
    return (
        f"SELECT a.id FROM {tables.accounts} a JOIN {tables.tokens} t ON t.account_id = a.id"
        " WHERE t.hash = $1 AND t.kind = $2 FOR NO KEY UPDATE OF a"
    )


@cache
def note_login(tables: Tables) -> str:
    """Sets ``last_login_at`` alone: no change of the record that anyone would want to hear of, so
    it is neither logged nor counted in the version."""
    return f"UPDATE {tables.accounts} SET last_login_at = now() WHERE id = $1"


@cache
def set_password(tables: Tables) -> str:
    """Give account ``$1``, if there is one, the password hash ``$2``."""
    return (
        f"INSERT INTO {tables.credentials} (account_id, password_hash)"
        f" SELECT id, $2 FROM {tables.accounts} WHERE id = $1"
        " ON CONFLICT (account_id) DO UPDATE"
        " SET password_hash = EXCLUDED.password_hash, updated_at = now()"
    )


@cache
def drop_proofs(tables: Tables) -> tuple[str, ...]:
    """Every way into account ``$1``: password, second factors, linked identities, passkeys."""
    return tuple(
        f"DELETE FROM {table} WHERE account_id = $1"
        for table in (tables.credentials, tables.identities, tables.passkeys)
    )


@cache
def insert_session(tables: Tables) -> str:
    """``$4`` is its life in seconds."""
    return (
        f"INSERT INTO {tables.sessions}"
        " (id, account_id, generation, expires_at, address, user_agent)"
        " VALUES ($1, $2, $3, now() + make_interval(secs => $4::float8), $5, $6)"
    )


@cache
def rotate_session(tables: Tables) -> str:
    """The next generation of session ``$1`` of account ``$2``, if ``$3`` is its newest: of two at
    once only one rotates."""
    return (
        f"UPDATE {tables.sessions} SET generation = generation + 1, rotated_at = now(),"
        " expires_at = now() + make_interval(secs => $4::float8)"
        " WHERE id = $1 AND account_id = $2 AND generation = $3"
        " AND revoked_at IS NULL AND expires_at > now() RETURNING generation"
    )


@cache
def raced_generation(tables: Tables) -> str:
    """The newest generation, if ``$3`` is the one before and was replaced ``$4`` seconds ago."""
    return (
        f"SELECT generation FROM {tables.sessions}"
        " WHERE id = $1 AND account_id = $2 AND generation - 1 = $3 AND revoked_at IS NULL"
        " AND expires_at > now() AND rotated_at > now() - make_interval(secs => $4::float8)"
    )


@cache
def is_open(tables: Tables) -> str:
    """Whether session ``$2`` of account ``$1`` goes on."""
    return (
        f"SELECT EXISTS (SELECT FROM {tables.sessions} WHERE account_id = $1 AND id = $2"
        " AND revoked_at IS NULL AND expires_at > now())"
    )


@cache
def seconds_open(tables: Tables) -> str:
    """The age of session ``$2`` of account ``$1``, while it is open."""
    return (
        f"SELECT extract(epoch FROM now() - created_at) FROM {tables.sessions}"
        " WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > now()"
    )


@cache
def list_sessions(tables: Tables) -> str:
    """Those of account ``$1`` that are open, the newest first."""
    return (
        f"SELECT {_SHOWN_SESSION} FROM {tables.sessions} WHERE account_id = $1"
        " AND revoked_at IS NULL AND expires_at > now() ORDER BY id DESC LIMIT 1000"
    )


@cache
def revoke_session(tables: Tables) -> str:
    """End session ``$2`` of account ``$1``, or with null all of them."""
    return (
        f"UPDATE {tables.sessions} SET revoked_at = now() WHERE account_id = $1"
        " AND ($2::uuid IS NULL OR id = $2) AND revoked_at IS NULL RETURNING id"
    )


@cache
def insert_token(tables: Tables) -> str:
    """A one-time token, unless ``$7`` of its kind went to this address within the last hour.

    A code may be drawn that was drawn before: the row begins anew.
    """
    return (
        f"INSERT INTO {tables.tokens} (hash, kind, account_id, email, data, expires_at)"
        " SELECT $1, $2, $3, $4, $5::jsonb, now() + make_interval(secs => $6::float8)"
        f" WHERE (SELECT count(*) FROM {tables.tokens} WHERE kind = $2 AND email = $4"
        " AND created_at > now() - interval '1 hour') < $7"
        " ON CONFLICT (hash) DO UPDATE SET account_id = EXCLUDED.account_id,"
        " data = EXCLUDED.data, attempts = 0, created_at = now(),"
        " expires_at = EXCLUDED.expires_at, used_at = NULL RETURNING hash"
    )


@cache
def take_token(tables: Tables) -> str:
    """Use up the token with hash ``$1`` of kind ``$2``: of many at once one gets the row."""
    return (
        f"UPDATE {tables.tokens} SET used_at = now() WHERE hash = $1 AND kind = $2"
        " AND used_at IS NULL AND expires_at > now()"
        " RETURNING account_id, email, data::text AS data"
    )


@cache
def guess_code(tables: Tables) -> str:
    """Try hash ``$1`` as the code of kind ``$2`` for address ``$3``, of which ``$4`` tries are
    allowed; a right one uses it up."""
    return (
        f"UPDATE {tables.tokens} SET attempts = attempts + 1,"
        " used_at = CASE WHEN hash = $1 THEN now() END"
        " WHERE kind = $2 AND email = $3 AND used_at IS NULL AND expires_at > now()"
        " AND attempts < $4 RETURNING account_id, email, data::text AS data, used_at"
    )


@cache
def leave_claim(tables: Tables) -> str:
    """A token of kind ``$3`` with hash ``$1`` for account ``$2``, good until it is taken."""
    return (
        f"INSERT INTO {tables.tokens} (hash, kind, account_id, expires_at)"
        " VALUES ($1, $3, $2, 'infinity') ON CONFLICT (hash) DO NOTHING"
    )


@cache
def take_claim(tables: Tables) -> str:
    """No row where account ``$1`` has no token of kind ``$2``."""
    return f"DELETE FROM {tables.tokens} WHERE account_id = $1 AND kind = $2 RETURNING account_id"


@cache
def has_claim(tables: Tables) -> str:
    """Whether account ``$1`` has a token of kind ``$2``."""
    return f"SELECT EXISTS (SELECT FROM {tables.tokens} WHERE account_id = $1 AND kind = $2)"


@cache
def has_factors(tables: Tables) -> str:
    """Whether account ``$1`` has a second factor in force, or a passkey."""
    return (
        f"SELECT EXISTS (SELECT FROM {tables.passkeys} WHERE account_id = $1) OR EXISTS"
        f" (SELECT FROM {tables.credentials} WHERE account_id = $1"
        " AND totp_confirmed_at IS NOT NULL)"
    )


@cache
def void_tokens(tables: Tables) -> str:
    """Use up what is left of the kinds ``$1`` for account ``$2`` or address ``$3``."""
    return (
        f"UPDATE {tables.tokens} SET used_at = now() WHERE kind = ANY($1::text[])"
        " AND (account_id = $2 OR email = $3) AND used_at IS NULL"
    )


@cache
def delete_old(tables: Tables) -> tuple[str, ...]:
    """Sessions that ended ``$1`` days ago, and tokens as old."""
    return tuple(
        f"DELETE FROM {table} WHERE expires_at < now() - make_interval(days => $1)"
        for table in (tables.sessions, tables.tokens)
    )
