"""Routes of mail templates and of the development mailbox."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.deps import AppServices, CurrentAdmin, ProjectAdmin, RoleRequiredError, Session
from app.api.openapi import problems
from app.api.paging import Page, PagingParams
from app.api.routing import ApiRoute
from app.features.email import editing, mailbox, templates
from app.features.email.errors import (
    InstallationOwnerRequiredError,
    InvalidTemplateError,
    MailKindNotFoundError,
    MailNotFoundError,
    MailTemplateNotFoundError,
)
from app.features.email.schemas import (
    Locale,
    MailKindList,
    MailPreview,
    MailRead,
    TemplateRead,
    TemplateWrite,
    TestMail,
    TestMailQueued,
)

router = APIRouter(prefix="/api", route_class=ApiRoute, tags=["email"])

TEMPLATES = "/projects/{project}/email/templates"
MAILBOX = "/projects/{project}/mailbox"

Recipient = Annotated[str | None, Query(max_length=320)]


@router.get(TEMPLATES, responses=problems(RoleRequiredError))
async def list_mail_templates(member: ProjectAdmin, services: AppServices) -> MailKindList:
    """Every kind of mail the project sends, with its templates and their variables."""
    return MailKindList(data=await editing.list_kinds(services, member.project.id))


@router.put(
    TEMPLATES + "/{kind}/{locale}",
    responses=problems(RoleRequiredError, MailKindNotFoundError, InvalidTemplateError),
)
async def put_mail_template(
    kind: str, locale: Locale, data: TemplateWrite, member: ProjectAdmin, services: AppServices
) -> TemplateRead:
    """Say it in the project's own words."""
    found = editing.get_kind(services, kind)
    pool = services.database.owner
    await templates.store_template(pool, member.project.id, found, locale, data.as_template())
    return TemplateRead(locale=locale, source="project", **data.model_dump())


@router.delete(
    TEMPLATES + "/{kind}/{locale}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, MailKindNotFoundError, MailTemplateNotFoundError),
)
async def delete_mail_template(
    kind: str, locale: Locale, member: ProjectAdmin, services: AppServices
) -> None:
    """Go back to the default."""
    found = editing.get_kind(services, kind)
    await templates.remove_template(services.database.owner, member.project.id, found, locale)


@router.post(
    TEMPLATES + "/{kind}/{locale}/preview",
    responses=problems(RoleRequiredError, MailKindNotFoundError, InvalidTemplateError),
)
async def preview_mail_template(
    kind: str,
    locale: Locale,
    member: ProjectAdmin,
    services: AppServices,
    draft: TemplateWrite | None = None,
) -> MailPreview:
    """The mail with sample values: of the draft that is sent, else of the template in force."""
    shown = await editing.preview(services, member, kind, locale, draft)
    return MailPreview(subject=shown.subject, text=shown.text, html=shown.html)


@router.post(
    "/projects/{project}/email/test",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(RoleRequiredError),
)
async def send_test_mail(
    data: TestMail, member: ProjectAdmin, services: AppServices
) -> TestMailQueued:
    """Send a mail to your own address."""
    return TestMailQueued(to=await editing.send_test(services, member, data.locale))


@router.get(MAILBOX, responses=problems(RoleRequiredError))
async def list_mailbox(
    member: ProjectAdmin, session: Session, paging: PagingParams, recipient: Recipient = None
) -> Page[MailRead]:
    """Mails kept for want of an SMTP server, the newest first. They hold working links."""
    return await mailbox.list_mails(session, member.project.id, paging, recipient)


@router.get(MAILBOX + "/{mail_id}", responses=problems(RoleRequiredError, MailNotFoundError))
async def get_mailbox_mail(mail_id: UUID, member: ProjectAdmin, session: Session) -> MailRead:
    """One mail of the development mailbox."""
    return await mailbox.get_mail(session, member.project.id, mail_id)


@router.delete(
    MAILBOX, status_code=status.HTTP_204_NO_CONTENT, responses=problems(RoleRequiredError)
)
async def clear_mailbox(member: ProjectAdmin, session: Session) -> None:
    """Throw the mails of the development mailbox away."""
    await mailbox.clear_mailbox(session, member.project.id)


@router.get("/mailbox", responses=problems(InstallationOwnerRequiredError))
async def list_console_mailbox(
    admin: CurrentAdmin, session: Session, paging: PagingParams, recipient: Recipient = None
) -> Page[MailRead]:
    """Mails of the console kept for want of an SMTP server; for the installation's owner."""
    await mailbox.require_installation_owner(session, admin)
    return await mailbox.list_mails(session, None, paging, recipient)


@router.get(
    "/mailbox/{mail_id}", responses=problems(InstallationOwnerRequiredError, MailNotFoundError)
)
async def get_console_mail(mail_id: UUID, admin: CurrentAdmin, session: Session) -> MailRead:
    """One mail of the console's development mailbox."""
    await mailbox.require_installation_owner(session, admin)
    return await mailbox.get_mail(session, None, mail_id)
