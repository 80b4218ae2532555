"""Mails and templates as requests and answers."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, BaseModel, StringConstraints

from app.api.schemas import Moment, RequestBody
from app.core.mail import MailTemplate
from app.features.email.locales import canonical_locale

Locale = Annotated[
    str, Path(max_length=20, description="de, de-AT"), AfterValidator(canonical_locale)
]


class TemplateWrite(RequestBody):
    """``{{ variable }}`` and ``{% if variable %}…{% endif %}``; values are escaped in ``html``."""

    subject: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    html: Annotated[str, StringConstraints(min_length=1, max_length=100_000)]

    def as_template(self) -> MailTemplate:
        return MailTemplate(subject=self.subject, text=self.text, html=self.html)


class TemplateRead(BaseModel):
    """``source`` says whether it is the project's own."""

    locale: str
    source: Literal["default", "project"]
    subject: str
    text: str
    html: str


class VariableRead(BaseModel):
    name: str
    sample: str


class MailKindRead(BaseModel):
    """One kind of mail, what its templates may name, and the templates in force."""

    kind: str
    description: str
    variables: list[VariableRead]
    templates: list[TemplateRead]


class MailKindList(BaseModel):
    data: list[MailKindRead]


class MailPreview(BaseModel):
    subject: str
    text: str
    html: str


class TestMail(RequestBody):
    __test__ = False

    locale: Annotated[str, StringConstraints(max_length=20), AfterValidator(canonical_locale)] = (
        "en"
    )


class TestMailQueued(BaseModel):
    __test__ = False

    to: str


class MailRead(BaseModel):
    """A mail of the development mailbox, as it would have gone out."""

    id: UUID
    kind: str
    to: str
    sender: str
    subject: str
    text: str
    html: str
    created_at: Moment
    sent_at: Moment
