"""The roles that requests run as, so that data requests can do no more than read and write data.

The owner runs DDL and the control plane. ``backendify_data`` runs data requests and
``backendify_export`` exports and views: they have no right on the control schema and none to
create anything.
"""

from collections.abc import Mapping

import asyncpg

from app.core.sql import quote_ident

OWNER = "backendify"
DATA_ROLE = "backendify_data"
EXPORT_ROLE = "backendify_export"
_LOCK = 0x6261636B_656E64  # an advisory lock of our own: "backend" in hexadecimal

_COMMON = {
    "timezone": "UTC",
    "random_page_cost": "1.1",
    "jit": "off",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
}
_QUIET = ("log_min_error_statement", "panic")  # clients cause errors; the log need not hold values


def session_settings(timeout_seconds: int) -> dict[str, str]:
    """What a data connection is set to, whichever way it logs in."""
    return {**_COMMON, "statement_timeout": f"{timeout_seconds}s"}


async def ensure_owner(superuser: asyncpg.Connection) -> None:
    """Make the owner and its database on a server of our own. Runs in the database ``postgres``."""
    async with superuser.transaction():
        await _lock(superuser)
        if not await _exists(superuser, "SELECT FROM pg_roles WHERE rolname = $1", OWNER):
            await superuser.execute(f"CREATE ROLE {quote_ident(OWNER)} LOGIN CREATEDB")
    if not await _exists(superuser, "SELECT FROM pg_database WHERE datname = $1", OWNER):
        await create_database(superuser, OWNER)


async def create_database(
    superuser: asyncpg.Connection, name: str, *, template: str = "template1"
) -> None:
    """Make a database of the owner's, in which nobody else may create anything."""
    quoted = quote_ident(name)
    try:
        await superuser.execute(
            f"CREATE DATABASE {quoted} OWNER {quote_ident(OWNER)} TEMPLATE {quote_ident(template)}"
        )
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return  # another process was faster
    await superuser.execute(f"REVOKE TEMPORARY ON DATABASE {quoted} FROM PUBLIC")


async def ensure_roles(connection: asyncpg.Connection, *, owner: str | None) -> tuple[str, ...]:
    """Make the request roles in the connection's own right; tell what could not be had.

    ``owner`` is who may act as them: None on the operator's server, where it is the connection's
    own user. On a server of ours they may also log in: only we can reach its socket.
    """
    try:
        async with connection.transaction():
            await _lock(connection)
            for role, seconds in ((DATA_ROLE, 15), (EXPORT_ROLE, 60)):
                await _ensure_role(connection, role, seconds, owner)
    except asyncpg.InsufficientPrivilegeError as error:
        return (f"The roles {DATA_ROLE} and {EXPORT_ROLE} could not be made: {error}.",)
    return ()


async def _ensure_role(
    connection: asyncpg.Connection, role: str, seconds: int, owner: str | None
) -> None:
    if not await _exists(connection, "SELECT FROM pg_roles WHERE rolname = $1", role):
        login = "LOGIN" if owner else "NOLOGIN"
        await connection.execute(f"CREATE ROLE {quote_ident(role)} NOINHERIT {login}")
    await _let_act_as(connection, role, quote_ident(owner) if owner else "CURRENT_USER")
    superuser = await _exists(
        connection, "SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper"
    )
    wanted = session_settings(seconds) | (dict([_QUIET]) if superuser else {})
    await _set_defaults(connection, role, wanted)


async def _let_act_as(connection: asyncpg.Connection, role: str, member: str) -> None:
    granted = (
        "SELECT FROM pg_auth_members WHERE roleid = $1::text::regrole"
        " AND member = CASE $2 WHEN 'CURRENT_USER' THEN current_user ELSE $2 END::regrole"
    )
    if connection.get_server_version().major >= 16:
        granted += " AND set_option"
    if not await _exists(connection, granted, role, member):
        await connection.execute(f"GRANT {quote_ident(role)} TO {member}")


async def _set_defaults(
    connection: asyncpg.Connection, role: str, wanted: Mapping[str, str]
) -> None:
    present = await connection.fetchval(
        "SELECT setconfig FROM pg_db_role_setting"
        " WHERE setrole = $1::text::regrole AND setdatabase = 0",
        role,
    )
    for name, value in wanted.items():
        if f"{name}={value}".lower() not in {item.lower() for item in present or ()}:
            await connection.execute(f"ALTER ROLE {quote_ident(role)} SET {name} = '{value}'")


async def _lock(connection: asyncpg.Connection) -> None:
    """Wait for other processes that set up the same server; released with the transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def _exists(connection: asyncpg.Connection, query: str, *args: str) -> bool:
    return await connection.fetchrow(query, *args) is not None
