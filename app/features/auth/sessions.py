"""Sessions of the console: a family of refresh tokens each, of which only the newest is good.

A refresh token names its session and its generation. Using one rotates: the next generation is
issued. The one before is good for ten seconds more, for a client that raced itself; any other use
of an old one means that it was copied, and ends the session.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import Origin
from app.api.services import Services
from app.core.clock import utc_now
from app.core.ids import uuid7
from app.engine.identity.access import announce_access_change
from app.engine.identity.admins import Admin, AdminSession
from app.engine.identity.credentials import ACCESS, CONSOLE, REFRESH, session_id
from app.engine.identity.tokens import Claims, InvalidTokenError
from app.features.auth.schemas import AdminRead, SignedIn

GRACE_SECONDS: Final = 10


async def open_session(
    session: AsyncSession, services: Services, admin: Admin, origin: Origin
) -> SignedIn:
    """Begin a session and answer its first tokens."""
    opened = AdminSession(
        id=uuid7(),
        admin_id=admin.id,
        generation=1,
        expires_at=utc_now() + _life(services),
        address=origin.address,
        user_agent=origin.user_agent,
    )
    session.add(opened)
    await session.flush()
    return _signed_in(services, admin, opened.id, generation=1)


async def rotate(session: AsyncSession, services: Services, token: str) -> SignedIn:
    """Take a refresh token and answer a new pair. Raises InvalidTokenError, ExpiredTokenError."""
    claims = services.tokens.verify(token, kind=REFRESH, audience=CONSOLE)
    opened_id, given = session_id(claims.values), claims.values.get("gen")
    generation = await _next_generation(session, services, opened_id, given)
    if generation is None:
        generation = await _raced_generation(session, opened_id, given)
    if generation is None:
        await _end_stolen(services, claims, opened_id)
        raise InvalidTokenError("The session has ended.")
    admin = await session.get_one(Admin, claims.subject)
    return _signed_in(services, admin, opened_id, generation)


async def end_session(session: AsyncSession, admin_id: UUID, opened_id: UUID) -> None:
    """End one session: its refresh tokens at once, its access tokens within seconds."""
    await _revoke(session, AdminSession.id == opened_id, admin_id)


async def end_all_sessions(session: AsyncSession, admin_id: UUID) -> None:
    await _revoke(session, AdminSession.admin_id == admin_id, admin_id)


async def _next_generation(
    session: AsyncSession, services: Services, opened_id: UUID, given: object
) -> int | None:
    """Rotate, if the token is the session's newest: of two at once only one does."""
    statement = (
        update(AdminSession)
        .where(
            AdminSession.id == opened_id,
            AdminSession.generation == given,
            AdminSession.revoked_at.is_(None),
            AdminSession.expires_at > func.now(),
        )
        .values(
            generation=AdminSession.generation + 1,
            rotated_at=func.now(),
            expires_at=utc_now() + _life(services),
        )
        .returning(AdminSession.generation)
    )
    return await session.scalar(statement)


async def _raced_generation(session: AsyncSession, opened_id: UUID, given: object) -> int | None:
    """The newest generation, if the token is the one before and was replaced just now."""
    grace = func.now() - timedelta(seconds=GRACE_SECONDS)
    statement = select(AdminSession.generation).where(
        AdminSession.id == opened_id,
        AdminSession.generation - 1 == given,
        AdminSession.revoked_at.is_(None),
        AdminSession.rotated_at > grace,
    )
    return await session.scalar(statement)


async def _end_stolen(services: Services, claims: Claims, opened_id: UUID) -> None:
    """End the family of a token used twice, in a transaction that the refusal does not undo."""
    async with AsyncSession(services.database.engine) as own, own.begin():
        await end_session(own, claims.subject, opened_id)


async def _revoke(session: AsyncSession, which: ColumnElement[bool], admin_id: UUID) -> None:
    await session.execute(
        update(AdminSession)
        .where(which, AdminSession.admin_id == admin_id, AdminSession.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )
    await announce_access_change(session, admin_id)


def _signed_in(services: Services, admin: Admin, opened_id: UUID, generation: int) -> SignedIn:
    def issue(kind: str, seconds: int, **more: int) -> str:
        return services.tokens.issue(
            kind, subject=admin.id, audience=CONSOLE, seconds=seconds, sid=str(opened_id), **more
        )

    seconds = services.settings.access_token_expire_minutes * 60
    return SignedIn(
        access_token=issue(ACCESS, seconds),
        refresh_token=issue(REFRESH, int(_life(services).total_seconds()), gen=generation),
        expires_in=seconds,
        user=AdminRead.model_validate(admin),
    )


def _life(services: Services) -> timedelta:
    return timedelta(days=services.settings.refresh_token_expire_days)
