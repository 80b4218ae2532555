"""An endpoint that says it is gone is sent nothing more."""

from typing import Final
from uuid import UUID

from app.core.pools import Pool
from app.engine.changes.control_log import insert_control_entry

GONE: Final = "The endpoint answered 410: it is gone."

_DISABLE: Final = """
UPDATE backendify.webhook_endpoints SET enabled = false, disabled_reason = $2, updated_at = now()
WHERE id = $1 AND enabled RETURNING project_id, url
"""


async def disable_gone(pool: Pool, endpoint_id: UUID) -> None:
    """Disable it, with an entry in the control log."""
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(_DISABLE, endpoint_id, GONE)
        if row is not None:
            await insert_control_entry(
                connection,
                "system",
                "webhook.disabled",
                project_id=row["project_id"],
                target=str(endpoint_id),
                detail={"url": row["url"], "reason": GONE},
            )
