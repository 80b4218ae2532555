"""The development mailbox: mails that are kept because there is no SMTP server to send them."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import SignedInAdmin
from app.api.paging import Page, Paging, fetch_page
from app.engine.identity.admins import Admin
from app.features.email.errors import InstallationOwnerRequiredError, MailNotFoundError
from app.features.email.models import Mail
from app.features.email.schemas import MailRead


async def require_installation_owner(session: AsyncSession, admin: SignedInAdmin) -> None:
    """Raises InstallationOwnerRequiredError."""
    if not await session.scalar(select(Admin.is_owner).where(Admin.id == admin.id)):
        raise InstallationOwnerRequiredError


async def list_mails(
    session: AsyncSession, project_id: UUID | None, paging: Paging, recipient: str | None
) -> Page[MailRead]:
    """A project's mails, or without one those of the console; the newest first."""
    query = _kept(project_id).order_by(Mail.id.desc())
    if recipient is not None:
        query = query.where(Mail.recipient == recipient)
    rows, page = await fetch_page(session, query, paging)
    return Page(data=[_as_read(row) for row in rows], page=page)


async def get_mail(session: AsyncSession, project_id: UUID | None, mail_id: UUID) -> MailRead:
    """Raises MailNotFoundError."""
    row = (await session.execute(_kept(project_id).where(Mail.id == mail_id))).first()
    if row is None:
        raise MailNotFoundError
    return _as_read(row)


async def clear_mailbox(session: AsyncSession, project_id: UUID | None) -> None:
    await session.execute(delete(Mail).where(*_of(project_id)))


def _kept(project_id: UUID | None) -> Select[*tuple[Any, ...]]:
    return select(
        Mail.id, Mail.kind, Mail.recipient, Mail.message, Mail.created_at, Mail.sent_at
    ).where(*_of(project_id))


def _of(project_id: UUID | None) -> tuple[ColumnElement[bool], ...]:
    owner = Mail.project_id.is_(None) if project_id is None else Mail.project_id == project_id
    return (owner, Mail.state == "delivered_to_mailbox")


def _as_read(row: Any) -> MailRead:
    return MailRead(
        id=row.id,
        kind=row.kind,
        to=row.recipient,
        sender=row.message["from"],
        subject=row.message["subject"],
        text=row.message["text"],
        html=row.message["html"],
        created_at=row.created_at,
        sent_at=row.sent_at,
    )
