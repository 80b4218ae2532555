"""What a fault of the database is to a client: 503 or 504, never a plain 500."""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as EngineTimeoutError

from app.core.errors import UnavailableError


class DatabaseUnavailableError(UnavailableError):
    """Postgres cannot be reached, is starting, stopping, or out of connections or disk."""

    code, title = "database_unavailable", "Database unavailable"


class DatabaseRefusedError(UnavailableError):
    """Postgres answers, and does not let us in: wrong user, password or database name."""

    code, title = "database_refused", "Database refused the login"


class DatabaseBusyError(UnavailableError):
    """No connection became free in time."""

    code, title = "database_busy", "Database busy"


class DatabaseTimeoutError(UnavailableError):
    """A statement ran longer than it may."""

    code, status, title = "database_timeout", 504, "Database timeout"


_REFUSALS = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
_UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InternalClientError,
)

AWAY = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    UnavailableError,
)
"""All that a statement may end with when the database goes away under it: what goes on by itself
catches these, and tries again."""


def as_unavailable(error: BaseException) -> UnavailableError | None:
    """The error a client is shown for a fault of the database; None for any other error."""
    if isinstance(error, UnavailableError):
        return error
    if isinstance(error, DBAPIError) and error.orig is not None:
        return as_unavailable(error.orig.__cause__ or error.orig)
    if isinstance(error, _REFUSALS):
        return DatabaseRefusedError(f"The database refuses the login: {error}.")
    if isinstance(error, asyncpg.QueryCanceledError):
        return DatabaseTimeoutError("The statement took too long and was cancelled.")
    if isinstance(error, (TimeoutError, EngineTimeoutError)):
        return DatabaseBusyError("No database connection became free in time.")
    if isinstance(error, _UNREACHABLE) or _is_lost_connection(error):
        return DatabaseUnavailableError("The database cannot be reached at the moment.")
    return None


def _is_lost_connection(error: BaseException) -> bool:
    # asyncpg has one InterfaceError for misuse and for a connection that went away.
    said = str(error) if isinstance(error, asyncpg.InterfaceError) else ""
    return "clos" in said or "released back to the pool" in said
