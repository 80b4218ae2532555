"""``email.send``: mails that workflows write.

They are queued on the connection of the step's outcome, so that a step that is tried again queues
them once, and go the way of every mail: the development mailbox, or the SMTP server.
"""

from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from app.api.schemas import RequestBody
from app.core.action import Action, ActionContext, ActionFailedError
from app.core.mail import MailBody, MailKind, MailRequest, MailTemplate
from app.engine.identity.emails import canonical_email
from app.features.email.rendering import LONGEST_BODY
from app.features.email.service import queue_mail

MOST_RECIPIENTS: Final = 20
MOST_AN_HOUR: Final = 1_000
"""Of one project: a workflow that has gone wild must not spoil the name of its server."""

_OLDEST_THAT_COUNTS: Final = """
SELECT created_at > now() - $4::interval FROM backendify.mails
WHERE project_id = $1 AND kind = $2 ORDER BY id DESC OFFSET $3 LIMIT 1
"""

Address = Annotated[str, StringConstraints(max_length=320)]
Body = Annotated[str, StringConstraints(max_length=LONGEST_BODY)]


async def _prepare(_services: Any, request: MailRequest) -> Mapping[str, Any]:
    text, html = request.data["text"], request.data.get("html")
    shown = f'<div style="white-space: pre-line">{escape(text)}</div>' if html is None else html
    return {
        "subject": request.data["subject"],
        "text": MailBody(text),
        "html": MailBody(shown, html=True),
    }


WORKFLOW_MAIL: Final = MailKind(
    name="workflow_message",
    description="A mail that a workflow writes; html is its text where the workflow has none.",
    variables={"subject": "Your order", "text": "Thank you.", "html": "Thank you."},
    prepare=_prepare,
    templates={
        "en": MailTemplate(subject="{{ subject }}", text="{{ text }}\n", html="{{ html }}\n")
    },
)


class SendParams(RequestBody):
    """``to`` is one address or some; each gets a mail of its own. ``html`` goes beside ``text``."""

    to: Address | Annotated[list[Address], Field(min_length=1, max_length=MOST_RECIPIENTS)]
    subject: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    text: Body
    html: Body | None = None


async def send(context: ActionContext, given: SendParams) -> Any:
    """``{"to": […]}``: who a mail is queued for."""
    addresses = [given.to] if isinstance(given.to, str) else given.to
    recipients = list(dict.fromkeys(_checked(address) for address in addresses))
    await _check_limit(context, len(recipients))
    data = {"subject": _stored(given.subject), "text": _stored(given.text)}
    if given.html is not None:
        data["html"] = _stored(given.html)
    for recipient in recipients:
        request = MailRequest(WORKFLOW_MAIL.name, recipient, context.project_id, data=data)
        await queue_mail(context.connection, request)
    return {"to": recipients}


async def _check_limit(context: ActionContext, more: int) -> None:
    is_full = await context.connection.fetchval(
        _OLDEST_THAT_COUNTS,
        context.project_id,
        WORKFLOW_MAIL.name,
        MOST_AN_HOUR - more,
        timedelta(hours=1),
    )
    if is_full:
        told = f"The workflows of a project send at most {MOST_AN_HOUR:,} mails an hour."
        raise ActionFailedError("email_limit_reached", told, retryable=True)


def _checked(address: str) -> str:
    try:
        return canonical_email(address)
    except ValueError:
        raise ActionFailedError(
            "email_address_invalid", f"{address[:100]!r} is no address."
        ) from None


def _stored(text: str) -> str:
    """Without the one character that Postgres cannot store."""
    return text.replace("\x00", "")


ACTIONS: Final = (
    Action(
        "email.send",
        "Sends a mail to some addresses.",
        SendParams,
        send,
        joins=True,
        html=frozenset({"html"}),
    ),
)
