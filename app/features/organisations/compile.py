"""The statements of organisations. Those that write put a row in the change log: ``$1`` is the
record's id, ``$2`` the request's, ``$3`` the actor."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from app.core.sql import qualified, quote_ident
from app.engine.identity.compile_log import image, log_row
from app.engine.schema.system import MEMBERSHIPS_ID, ORGS_ID

_TABLES = {ORGS_ID: "orgs", MEMBERSHIPS_ID: "memberships"}


def insert_record(schema: str, collection_id: str, columns: Sequence[str]) -> str:
    """A new record with the values ``$4…`` of ``columns``."""
    return _insert(schema, collection_id, columns, "")


def insert_membership(schema: str, columns: Sequence[str]) -> str:
    """The same; no row where the user is a member already."""
    return _insert(schema, MEMBERSHIPS_ID, columns, " ON CONFLICT (org_id, user_id) DO NOTHING")


def update_record(schema: str, collection_id: str, columns: Sequence[str]) -> str:
    """Set ``columns`` to the values ``$4…``."""
    table = qualified(schema, _TABLES[collection_id])
    changes = ", ".join(f"{quote_ident(name)} = ${n}" for n, name in enumerate(columns, 4))
    images = (image("o"), image("u"))
    log = log_row(schema, collection_id, "updated", *images, "o JOIN u USING (id)")
    return (
        f"WITH o AS MATERIALIZED (SELECT t.* FROM {table} t WHERE t.id = $1 FOR NO KEY UPDATE),"
        f" u AS (UPDATE {table} t SET {changes}, _version = o._version + 1, updated_at = now()"
        f" FROM o WHERE t.id = o.id RETURNING t.*), log AS ({log}) SELECT id FROM u"
    )


TAKE_TURN: Final = "SELECT pg_advisory_xact_lock($1)"
"""Until the transaction ends, whoever else would change an organisation's members waits; ``$1`` is
its key. No row is held, so that another connection may delete them."""


@cache
def lock_org(schema: str) -> str:
    """The organisation ``$1``, held until the transaction ends: it is not deleted meanwhile."""
    return f"SELECT id FROM {qualified(schema, 'orgs')} WHERE id = $1 FOR NO KEY UPDATE"


@cache
def list_orgs(schema: str) -> str:
    """The organisations of the user ``$1``, by name: ``$2`` of them, behind the first ``$3``."""
    return f"{_orgs(schema)} WHERE m.user_id = $1 ORDER BY o.name, o.id LIMIT $2 OFFSET $3"


@cache
def find_org(schema: str) -> str:
    """The organisation ``$2``, if the user ``$1`` is a member."""
    return f"{_orgs(schema)} WHERE m.user_id = $1 AND o.id = $2"


@cache
def org_name(schema: str) -> str:
    return f"SELECT name FROM {qualified(schema, 'orgs')} WHERE id = $1"


@cache
def find_membership(schema: str) -> str:
    """That of the user ``$2`` in the organisation ``$1``."""
    table = qualified(schema, "memberships")
    return f"SELECT id, user_id, role, created_at FROM {table} WHERE org_id = $1 AND user_id = $2"


@cache
def list_members(schema: str) -> str:
    """Those of the organisation ``$1``, the first to join first: ``$2``, behind ``$3``."""
    return f"{_members(schema)} ORDER BY m.created_at, m.id LIMIT $2 OFFSET $3"


@cache
def find_member(schema: str) -> str:
    """The user ``$2`` as a member of the organisation ``$1``."""
    return f"{_members(schema)} AND m.user_id = $2"


@cache
def has_other_owner(schema: str) -> str:
    """Whether the organisation ``$1`` has an owner beside the user ``$2``."""
    return (
        f"SELECT EXISTS (SELECT FROM {qualified(schema, 'memberships')}"
        " WHERE org_id = $1 AND user_id <> $2 AND role = 'owner')"
    )


def _orgs(schema: str) -> str:
    return (
        "SELECT o.id, o.name, o.slug, m.role, o.created_at, o.updated_at"
        f" FROM {qualified(schema, 'orgs')} o"
        f" JOIN {qualified(schema, 'memberships')} m ON m.org_id = o.id"
    )


def _members(schema: str) -> str:
    return (
        "SELECT m.user_id, m.role, m.created_at, u.email, u.name"
        f" FROM {qualified(schema, 'memberships')} m"
        f" JOIN {qualified(schema, 'users')} u ON u.id = m.user_id WHERE m.org_id = $1"
    )


def _insert(schema: str, collection_id: str, columns: Sequence[str], conflict: str) -> str:
    table = qualified(schema, _TABLES[collection_id])
    names = "".join(f", {quote_ident(column)}" for column in columns)
    values = "".join(f", ${number}" for number in range(4, 4 + len(columns)))
    log = log_row(schema, collection_id, "created", "NULL", image("r"), "r")
    return (
        f"WITH r AS (INSERT INTO {table} (id{names}) VALUES ($1{values}){conflict} RETURNING *),"
        f" log AS ({log}) SELECT id FROM r"
    )
