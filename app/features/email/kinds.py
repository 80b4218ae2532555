"""The one kind of mail that is e-mail's own: a mail that proves that mails arrive."""

from collections.abc import Mapping
from typing import Any, Final

from app.core.mail import MailKind, MailRequest, MailTemplate


async def _prepare(_services: Any, request: MailRequest) -> Mapping[str, Any]:
    return {"to": request.to}


TEST_MAIL: Final = MailKind(
    name="test",
    description="A mail that an admin sends to themselves.",
    variables={},
    prepare=_prepare,
    templates={
        "en": MailTemplate(
            subject="A test mail of {{ project }}",
            text="Mails of {{ project }} arrive at {{ email }}.\n",
            html="<p>Mails of <b>{{ project }}</b> arrive at {{ email }}.</p>\n",
        ),
        "de": MailTemplate(
            subject="Eine Testmail von {{ project }}",
            text="Mails von {{ project }} kommen bei {{ email }} an.\n",
            html="<p>Mails von <b>{{ project }}</b> kommen bei {{ email }} an.</p>\n",
        ),
    },
)
