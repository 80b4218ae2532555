"""Projects' templates as their admins see and change them."""

from uuid import UUID

from app.api.services import Services
from app.core.mail import MailKind, MailRequest, MailTemplate
from app.engine.identity.principal import Caller
from app.features.email.errors import MailKindNotFoundError
from app.features.email.kinds import TEST_MAIL
from app.features.email.rendering import RenderedMail, render
from app.features.email.schemas import MailKindRead, TemplateRead, TemplateWrite, VariableRead
from app.features.email.service import queue_mail
from app.features.email.templates import (
    check_template,
    choose_template,
    list_own_templates,
    mail_kinds,
    samples_of,
)


async def list_kinds(services: Services, project_id: UUID) -> list[MailKindRead]:
    """The kinds a project sends, with the template of each locale that is in force."""
    own = await list_own_templates(services.database.owner, project_id)
    return [
        _as_read(kind, own.get(kind.name, {}))
        for kind in mail_kinds(services).values()
        if kind.audience == "project"
    ]


def get_kind(services: Services, name: str) -> MailKind:
    """A kind whose templates are projects' to change. Raises MailKindNotFoundError."""
    kind = mail_kinds(services).get(name)
    if kind is None or kind.audience != "project":
        raise MailKindNotFoundError(name)
    return kind


async def preview(
    services: Services, caller: Caller, name: str, locale: str, draft: TemplateWrite | None
) -> RenderedMail:
    """The mail with sample values: of a draft, else of the template in force."""
    kind = get_kind(services, name)
    if draft is not None:
        check_template(kind, draft.as_template())
        template = draft.as_template()
    else:
        pool = services.database.owner
        template = await choose_template(pool, kind, caller.project.id, locale)
    samples = samples_of(kind)
    return render(template, samples, samples.keys())


async def send_test(services: Services, caller: Caller, locale: str) -> str:
    """Queue a mail to the admin's own address; the address."""
    to = str(caller.principal.email)
    request = MailRequest(TEST_MAIL.name, to, caller.project.id, locale)
    await queue_mail(services.database.owner, request)
    return to


def _as_read(kind: MailKind, own: dict[str, MailTemplate]) -> MailKindRead:
    in_force = {**kind.templates, **own}
    return MailKindRead(
        kind=kind.name,
        description=kind.description,
        variables=[VariableRead(name=n, sample=s) for n, s in samples_of(kind).items()],
        templates=[
            TemplateRead(
                locale=locale,
                source="project" if locale in own else "default",
                subject=template.subject,
                text=template.text,
                html=template.html,
            )
            for locale, template in sorted(in_force.items())
        ],
    )
