"""Databases of their own, on the run's Postgres."""

from uuid import uuid4

import asyncpg

from app.core.postgres.server import Server
from app.core.roles import OWNER, create_database


async def new_database(server: Server) -> str:
    """The owner's DSN of a new database, migrated as the installation's own, which must be."""
    name = f"test_{uuid4().hex[:12]}"
    superuser = await asyncpg.connect(server.dsn("postgres"))
    try:
        await create_database(superuser, name, template=OWNER)
    finally:
        await superuser.close()
    return server.dsn(name, user=OWNER)
