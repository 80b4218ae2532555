"""Asking for mails: what other features use."""

import json
from typing import Any, Final

from app.core.ids import uuid7
from app.core.mail import MailRequest

CHANNEL: Final = "backendify_mail"

_QUEUE: Final = """
WITH queued AS (
  INSERT INTO backendify.mails (id, project_id, kind, recipient, locale, data)
  VALUES ($1, $2, $3, $4, $5, $6::jsonb) RETURNING id
)
SELECT pg_notify($7, '') FROM queued
"""


async def queue_mail(connection: Any, request: MailRequest) -> None:
    """Have a mail sent once the transaction of ``connection`` commits.

    ``connection`` is an asyncpg connection or pool of the owner. One insert, the same for known
    and unknown addresses: whether there is an account is found out by the worker.
    """
    await connection.execute(
        _QUEUE,
        uuid7(),
        request.project_id,
        request.kind,
        request.to,
        request.locale,
        json.dumps(dict(request.data)),
        CHANNEL,
    )
