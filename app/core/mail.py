"""Mails as features see them: the kinds there are, and a request to send one.

Sending is the e-mail feature's (``app/features/email``). Whoever wants a mail sent declares its
kind in the manifest (``Feature.mail_kinds``) and queues a request; the worker does the rest.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

Audience = Literal["project", "console"]

COMMON_VARIABLES: Mapping[str, str] = MappingProxyType(
    {"email": "ada@example.com", "project": "Acme", "base_url": "https://api.example.com"}
)
"""What every template may name, with samples: the recipient, the project, our own address."""


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """Jinja source. ``html`` is escaped on rendering; ``subject`` and ``text`` are plain."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class MailBody:
    """A value of a template that is the mail's own text rather than a word in it: it may be long.
    Where ``html`` it is HTML of the project's and goes out as it is."""

    text: str
    html: bool = False


@dataclass(frozen=True, slots=True)
class MailRequest:
    """A mail somebody asked for; ``data`` is kept in the control plane and holds no secret.

    ``to`` is what was asked for: whether it is anyone's address is for ``MailKind.prepare`` to
    say, in the worker. Without ``project_id`` it is a mail of the console.
    """

    kind: str
    to: str
    project_id: UUID | None = None
    locale: str | None = None
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


Prepare = Callable[[Any, MailRequest], Awaitable[Mapping[str, Any] | None]]
"""``prepare(services, request)``: looks the account up, makes the one-time token, and gives the
values of the template; None when there is nothing to send.

Two values are directions: ``to`` is the stored address that the mail goes to in place of the one
asked for, ``locale`` the account's language. It may be called again when sending failed.
"""


@dataclass(frozen=True, slots=True)
class MailKind:
    """One sort of mail.

    ``variables`` are the names its templates may use beside the common ones, each with a sample
    for previews. ``templates`` are the defaults by locale; ``en`` is among them.
    """

    name: str
    description: str
    templates: Mapping[str, MailTemplate]
    variables: Mapping[str, str]
    prepare: Prepare
    audience: Audience = "project"
