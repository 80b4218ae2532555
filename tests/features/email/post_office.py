"""Real SMTP servers on loopback, an installation that uses one, and a kind of mail to send."""

import asyncio
import email
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.api.services import Services
from app.core.config import Settings
from app.core.feature import Feature
from app.core.mail import MailKind, MailRequest, MailTemplate
from app.core.postgres.server import Server
from app.features.email.service import queue_mail
from tests.installations import new_installation
from tests.waiting import PATIENCE_SECONDS


@dataclass
class Sink:
    """What a mail server was given. ``answer`` is what it says to a message, after ``delay``."""

    port: int
    answer: str = "250 OK"
    delay: float = 0
    refuse_recipients: bool = False
    drop_after_taking: bool = False
    taken: list[tuple[list[str], bytes]] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        return [email.message_from_bytes(content) for _, content in self.taken]

    async def wait_for(self, count: int, seconds: float = PATIENCE_SECONDS) -> None:
        """Until it has taken so many: it runs in a thread of its own, so that this looks again."""
        deadline = time.monotonic() + seconds
        while len(self.taken) < count:
            assert time.monotonic() < deadline, "The mail did not come."
            await asyncio.sleep(0.05)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.refuse_recipients:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        await asyncio.sleep(self.delay)
        if self.answer.startswith("2"):
            self.taken.append((list(envelope.rcpt_tos), envelope.content or b""))  # type: ignore[arg-type]  # bytes, as decode_data is off
        if self.drop_after_taking and server.transport is not None:
            server.transport.close()
        return self.answer


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def mail_server(port: int | None = None, **behaviour: Any) -> Iterator[Sink]:
    sink = Sink(port or free_port(), **behaviour)
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


@dataclass
class Account:
    """What ``prepare`` finds; ``asked`` counts how often it was called."""

    stored: str | None = None
    locale: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    asked: int = 0

    async def prepare(self, _services: Any, _request: MailRequest) -> Mapping[str, Any] | None:
        self.asked += 1
        if self.stored is None:
            return None
        found = {"to": self.stored, "token": f"token-{self.asked}", **self.values}
        return found | ({"locale": self.locale} if self.locale else {})


def greeting(account: Account) -> MailKind:
    """A kind of mail with a name that anyone may have chosen."""
    return MailKind(
        name="greeting",
        description="Says hello.",
        variables={"name": "Ada", "token": "abc"},
        prepare=account.prepare,
        templates={
            "en": MailTemplate(
                "Hello {{ name }}", "Hello {{ name }}: {{ token }}", "<p>{{ name }}</p>"
            ),
            "de": MailTemplate(
                "Hallo {{ name }}", "Hallo {{ name }}: {{ token }}", "<p>{{ name }}</p>"
            ),
        },
    )


@asynccontextmanager
async def posting(
    server: Server, settings: Settings, account: Account, **changed: Any
) -> AsyncIterator[Services]:
    """An installation that knows the kind ``greeting``, and whose worker the test is."""
    own = settings.model_copy(update={"background": False, **changed})
    async with new_installation(server, own) as application:
        services: Services = application.services
        services.features = (*services.features, _feature(account))
        yield services


async def queue(services: Services, to: str = "ada@example.com", **rest: Any) -> None:
    await queue_mail(services.database.owner, MailRequest("greeting", to, **rest))


async def rows(services: Services) -> list[dict[str, Any]]:
    found = await services.database.owner.fetch("SELECT * FROM backendify.mails ORDER BY id")
    return [dict(row) for row in found]


async def make_due(services: Services) -> None:
    """Let the pause before the next attempt be over."""
    await services.database.owner.execute("UPDATE backendify.mails SET next_attempt_at = now()")


def _feature(account: Account) -> Feature:
    return Feature(name="greetings", mail_kinds=(greeting(account),))
