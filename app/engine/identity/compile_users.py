"""The statements that write a project's users: each with its row in the change log.

``$1`` are the columns of the owner's own that are shown beside the fixed ones, ``$2`` the request's
id, ``$3`` the actor.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from app.core.sql import qualified, quote_ident
from app.engine.identity.compile_log import image, log_row

SHOWN: Final = (
    "id",
    "email",
    "email_verified",
    "name",
    "roles",
    "status",
    "created_at",
    "updated_at",
    "last_login_at",
)
_COLLECTION: Final = "sys_users"


@cache
def find_session_user(schema: str) -> str:
    """The whole row of the user ``$2``, while session ``$1`` of theirs is open."""
    return (
        f"SELECT u.* FROM {qualified(schema, 'users')} u"
        f" JOIN {qualified(schema, '_sessions')} s ON s.account_id = u.id"
        " WHERE s.id = $1 AND u.id = $2 AND s.revoked_at IS NULL AND s.expires_at > now()"
        " AND u.status = 'active'"
    )


@cache
def find_user(schema: str) -> str:
    """The user ``$2`` as shown."""
    return f"SELECT {_shown('u')} FROM {qualified(schema, 'users')} u WHERE u.id = $2"


@cache
def list_users(schema: str) -> str:
    """Those that the search ``$2``, status ``$3`` and role ``$4`` let through (null: all), the
    newest first: ``$5`` of them, behind the first ``$6``."""
    return (
        f"SELECT {_shown('u')} FROM {qualified(schema, 'users')} u"
        " WHERE ($2::text IS NULL OR u.email ILIKE $2 OR u.name ILIKE $2)"
        " AND ($3::text IS NULL OR u.status = $3) AND ($4::text IS NULL OR $4 = ANY(u.roles))"
        " ORDER BY u.created_at DESC, u.id DESC LIMIT $5 OFFSET $6"
    )


@cache
def list_invitations(schema: str) -> str:
    """The invitations nobody has accepted yet, the newest first: ``$1``, behind ``$2``."""
    return (
        "SELECT u.id AS user_id, u.email, u.name, u.roles, t.created_at, t.expires_at"
        f" FROM {qualified(schema, '_tokens')} t"
        f" JOIN {qualified(schema, 'users')} u ON u.id = t.account_id"
        " WHERE t.kind = 'invitation' AND t.used_at IS NULL AND t.expires_at > now()"
        " ORDER BY t.created_at DESC, u.id LIMIT $1 OFFSET $2"
    )


@cache
def count_role_holders(schema: str) -> str:
    """How many users hold the role ``$1``."""
    return f"SELECT count(*) FROM {qualified(schema, 'users')} WHERE $1 = ANY(roles)"


def insert_user(schema: str, columns: Sequence[str]) -> str:
    """A new user with the values ``$4…`` of ``columns``; no row where the address is taken."""
    names = ", ".join(quote_ident(column) for column in columns)
    values = ", ".join(f"${number}" for number in range(4, 4 + len(columns)))
    return (
        f"WITH u AS (INSERT INTO {qualified(schema, 'users')} ({names}) VALUES ({values})"
        " ON CONFLICT (email) DO NOTHING RETURNING *),"
        f" log AS ({log_row(schema, _COLLECTION, 'created', 'NULL', image('u'), 'u')})"
        f" SELECT {_shown('u')} FROM u"
    )


def update_user(schema: str, columns: Sequence[str]) -> str:
    """Set ``columns`` of the user ``$4`` to the values ``$5…``."""
    users = qualified(schema, "users")
    changes = ", ".join(
        f"{quote_ident(column)} = ${number}" for number, column in enumerate(columns, 5)
    )
    images = (image("o"), image("u"))
    log = log_row(schema, _COLLECTION, "updated", *images, "o JOIN u USING (id)")
    return (
        f"WITH o AS MATERIALIZED (SELECT t.* FROM {users} t WHERE t.id = $4 FOR NO KEY UPDATE),"
        f" u AS (UPDATE {users} t SET {changes}, _version = o._version + 1, updated_at = now()"
        " FROM o WHERE t.id = o.id RETURNING t.*),"
        f" log AS ({log})"
        f" SELECT {_shown('u')} FROM u"
    )


def _shown(alias: str) -> str:
    fixed: Iterable[str] = (f"{alias}.{quote_ident(column)}" for column in SHOWN)
    own = (
        f"(SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb({alias}))"
        " WHERE key = ANY($1::text[]))::text AS own"
    )
    return ", ".join((*fixed, own))
