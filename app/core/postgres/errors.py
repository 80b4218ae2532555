"""What can keep the embedded Postgres from running."""

from app.core.errors import UnavailableError


class PostgresMissingError(UnavailableError):
    """No usable binaries; the hint says what to install."""

    code, title = "postgres_missing", "Postgres is missing"


class PostgresStartError(UnavailableError):
    """The server or its cluster could not be made to run; the detail ends with its own words."""

    code, title = "postgres_start_failed", "Postgres did not start"
