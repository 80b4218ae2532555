"""The control schema's migrations, run by the program itself.

Projects' own tables are none of this: the schema engine changes them. Revisions are numbered in
one line (``0001``, ``0002``, …) and their files start with that number, so that a start which has
nothing to migrate needs not import Alembic.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
from sqlalchemy import text

from app.core.engine import create_engine
from app.core.errors import BackendifyError
from app.core.model import CONTROL_SCHEMA
from app.core.pools import connect

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

_ROOT = Path(__file__).parents[2]
_LOCK = 0x6D696772617465  # an advisory lock of our own: "migrate" in hexadecimal


class NewerDatabaseError(BackendifyError):
    """The control schema was made by a later release than this one."""

    code, status, title = "database_newer", 500, "Database is newer"


async def migrate(dsn: str) -> None:
    """Bring the control schema up to date, wholly or not at all; processes take turns."""
    connection = await connect(dsn)
    try:
        present = await find_version(connection)
    finally:
        await connection.close()
    if present != newest_version():
        await _upgrade(dsn)


async def find_version(connection: asyncpg.Connection) -> str | None:
    """The revision of the control schema; None where there is none yet."""
    if await connection.fetchval("SELECT to_regclass('backendify.alembic_version')") is None:
        return None
    found: str | None = await connection.fetchval(
        "SELECT version_num FROM backendify.alembic_version"
    )
    return found


def newest_version() -> str:
    """The revision that this release's migrations end with."""
    return max(path.name.split("_")[0] for path in (_ROOT / "alembic/versions").glob("[0-9]*.py"))


def alembic_config() -> "Config":
    """The configuration of alembic.ini, usable from any working directory."""
    from alembic.config import Config

    config = Config(_ROOT / "alembic.ini")
    config.set_main_option("script_location", str(_ROOT / "alembic"))
    return config


async def _upgrade(dsn: str) -> None:
    engine = create_engine(dsn, size=1)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {CONTROL_SCHEMA}"))
            await connection.run_sync(_run_alembic)
    finally:
        await engine.dispose()


def _run_alembic(connection: "Connection") -> None:
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = alembic_config()
    options = {"version_table_schema": CONTROL_SCHEMA}
    present = MigrationContext.configure(connection, opts=options).get_current_revision()
    try:
        ScriptDirectory.from_config(config).get_revisions(present or ())
    except CommandError:
        raise NewerDatabaseError(
            f"The control schema is at revision {present}, which this release does not know.",
            hint="Start the release that made it, or a newer one.",
        ) from None
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
