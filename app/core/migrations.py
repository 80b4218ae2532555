"""The control schema's migrations, run by the program itself.

Projects' own tables are none of this: the schema engine changes them.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from app.core.engine import create_engine
from app.core.errors import BackendifyError
from app.core.model import CONTROL_SCHEMA

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
    engine = create_engine(dsn, size=1)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {CONTROL_SCHEMA}"))
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


async def is_current(dsn: str) -> bool:
    """Whether the control schema is exactly what this release needs."""
    engine = create_engine(dsn, size=1)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_version) == await asyncio.to_thread(newest_version)
    finally:
        await engine.dispose()


def newest_version() -> str | None:
    """The revision that this release's migrations end with."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def alembic_config() -> "Config":
    """The configuration of alembic.ini, usable from any working directory."""
    # Imported here: Alembic is needed at a start, not by every command.
    from alembic.config import Config

    config = Config(_ROOT / "alembic.ini")
    config.set_main_option("script_location", str(_ROOT / "alembic"))
    return config


def _upgrade(connection: "Connection") -> None:
    from alembic import command
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = alembic_config()
    present = _version(connection)
    known = ScriptDirectory.from_config(config)
    if present == known.get_current_head():
        return
    try:
        known.get_revisions(present or ())
    except CommandError:
        raise NewerDatabaseError(
            f"The control schema is at revision {present}, which this release does not know.",
            hint="Start the release that made it, or a newer one.",
        ) from None
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(connection: "Connection") -> str | None:
    from alembic.runtime.migration import MigrationContext

    options = {"version_table_schema": CONTROL_SCHEMA}
    return MigrationContext.configure(connection, opts=options).get_current_revision()
