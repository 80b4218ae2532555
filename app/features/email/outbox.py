"""The queue of mails in the control plane: taking one, and writing down what became of it."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from app.core.mail import MailRequest
from app.core.pools import Pool

LEASE: Final = timedelta(minutes=3)
"""Longer than one attempt can take; after it another worker may try."""

GIVE_UP_AFTER: Final = timedelta(hours=24)
KEPT: Final = timedelta(days=7)
PAUSES: Final = (10, 30, 60, 120, 300, 600, 1_800, 3_600)
"""Seconds until the next attempt; the last one repeats."""

_CLAIM: Final = """
WITH due AS (
  SELECT id FROM backendify.mails WHERE state = 'queued' AND next_attempt_at <= now()
  ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE backendify.mails m SET attempts = m.attempts + 1, next_attempt_at = now() + $2
  FROM due WHERE m.id = due.id
  RETURNING m.id, m.project_id, m.kind, m.recipient, m.locale, m.data, m.attempts, m.sealed,
            m.created_at
)
SELECT c.*, p.name AS project_name FROM claimed c
LEFT JOIN backendify.projects p ON p.id = c.project_id
"""
# Whoever lost the lease meanwhile (another attempt has begun) writes nothing.
_SEAL: Final = """
UPDATE backendify.mails SET sealed = $3, recipient = $4
WHERE id = $1 AND attempts = $2 AND state = 'queued' RETURNING true
"""
_FINISH: Final = """
UPDATE backendify.mails
SET state = $3, error = $4, message = $5::jsonb, recipient = $6, sealed = NULL,
    sent_at = CASE WHEN $3 IN ('sent', 'delivered_to_mailbox') THEN now() END
WHERE id = $1 AND attempts = $2 AND state = 'queued'
"""
_POSTPONE: Final = """
UPDATE backendify.mails
SET error = $3, sealed = CASE WHEN $4 THEN sealed END,
    state = CASE WHEN created_at + $6 < now() THEN 'failed' ELSE state END,
    next_attempt_at = now() + $5
WHERE id = $1 AND attempts = $2 AND state = 'queued'
"""
_CLEAR: Final = """
DELETE FROM backendify.mails WHERE created_at < now() - $1::interval AND state <> 'queued'
"""


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A mail that one worker holds until its lease ends; ``attempt`` is the token of that hold."""

    id: UUID
    request: MailRequest
    attempt: int
    sealed: bytes | None
    created_at: datetime
    project_name: str | None

    @property
    def purpose(self) -> str:
        """What its sealed message is encrypted for."""
        return f"mail:{self.id}"


async def claim_mails(pool: Pool, limit: int, lease: timedelta = LEASE) -> list[QueuedMail]:
    """Take mails that are due. They come back by themselves if nothing is heard of them."""
    return [_as_mail(row) for row in await pool.fetch(_CLAIM, limit, lease)]


async def keep_sealed(pool: Pool, mail: QueuedMail, recipient: str, sealed: str) -> bool:
    """Keep the message that is about to be sent; False when the lease is lost."""
    kept = await pool.fetchval(_SEAL, mail.id, mail.attempt, sealed.encode(), recipient)
    return bool(kept)


async def finish_mail(
    pool: Pool,
    mail: QueuedMail,
    state: str,
    *,
    recipient: str | None = None,
    error: str | None = None,
    message: dict[str, Any] | None = None,
) -> None:
    """Write down the last state of a mail."""
    shown = None if message is None else json.dumps(message)
    to = recipient or mail.request.to
    await pool.execute(_FINISH, mail.id, mail.attempt, state, error, shown, to)


async def postpone_mail(pool: Pool, mail: QueuedMail, error: str, *, same_message: bool) -> None:
    """Try again later, with the same message where the server may have taken it already."""
    pause = PAUSES[min(mail.attempt, len(PAUSES)) - 1]
    await pool.execute(
        _POSTPONE,
        mail.id,
        mail.attempt,
        error,
        same_message,
        timedelta(seconds=pause),
        GIVE_UP_AFTER,
    )


async def clear_mails(pool: Pool) -> None:
    """Forget mails that are done with and old."""
    await pool.execute(_CLEAR, KEPT)


def _as_mail(row: Record) -> QueuedMail:
    request = MailRequest(
        kind=row["kind"],
        to=row["recipient"],
        project_id=row["project_id"],
        locale=row["locale"],
        data=json.loads(row["data"]),
    )
    return QueuedMail(
        id=row["id"],
        request=request,
        attempt=row["attempts"],
        sealed=row["sealed"],
        created_at=row["created_at"],
        project_name=row["project_name"],
    )
