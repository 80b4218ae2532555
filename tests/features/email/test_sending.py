"""Mails leave once, however the server and the worker behave, and to the stored address alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.api.services import Services
from app.core.config import Settings
from app.core.mail import MailRequest
from app.core.postgres.server import Server
from app.features.email import smtp
from app.features.email.jobs import send_due, send_mails
from app.features.email.outbox import claim_mails, clear_mails
from app.features.email.sending import send_mail
from app.features.email.service import queue_mail
from tests.features.email.post_office import (
    Account,
    free_port,
    mail_server,
    make_due,
    posting,
    queue,
    rows,
)

STORED = "ada@example.com"


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
async def installation(
    server: Server, settings: Settings, port: int
) -> AsyncIterator[tuple[Services, Account]]:
    account = Account(STORED)
    smtp_settings = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none"}
    async with posting(server, settings, account, **smtp_settings) as services:
        yield services, account


@pytest.fixture
async def services(installation: tuple[Services, Account]) -> Services:
    services, account = installation
    account.stored, account.locale, account.values, account.asked = STORED, None, {}, 0
    await services.database.owner.execute("DELETE FROM backendify.mails")
    return services


@pytest.fixture
def account(installation: tuple[Services, Account]) -> Account:
    return installation[1]


async def test_a_mail_is_sent_to_the_stored_address_alone(
    services: Services, port: int, account: Account
) -> None:
    account.values = {"name": "Ada"}
    await queue(services, "ADA@example.com")
    with mail_server(port) as sink:
        assert await send_due(services) == 1

    [(recipients, _)], [message] = sink.taken, sink.messages
    [row] = await rows(services)
    assert recipients == [STORED]
    assert message["To"] == STORED
    assert message["Subject"] == "Hello Ada"
    assert message["Message-ID"].startswith(f"<{row['id']}@")
    assert (row["state"], row["recipient"], row["sealed"], row["message"]) == (
        "sent", STORED, None, None,
    )  # fmt: skip
    assert row["sent_at"] is not None


async def test_an_unknown_account_gets_no_mail(
    services: Services, port: int, account: Account
) -> None:
    account.stored = None
    await queue(services)
    with mail_server(port) as sink:
        await send_due(services)

    assert sink.taken == []
    assert [row["state"] for row in await rows(services)] == ["skipped"]


async def test_while_the_server_is_down_mails_wait_and_are_sent_once(
    services: Services, port: int
) -> None:
    await queue(services)
    await send_due(services)
    [row] = await rows(services)
    assert (row["state"], row["attempts"], row["sealed"]) == ("queued", 1, None)
    assert await send_due(services) == 0  # there is a pause before the next attempt

    with mail_server(port) as sink:
        await make_due(services)
        await send_due(services)
        await make_due(services)
        await send_due(services)
    assert len(sink.taken) == 1


async def test_a_mail_nobody_took_for_a_day_is_given_up(services: Services) -> None:
    await queue(services)
    await services.database.owner.execute(
        "UPDATE backendify.mails SET created_at = now() - interval '25 hours'"
    )
    await send_due(services)

    assert [row["state"] for row in await rows(services)] == ["failed"]


async def test_a_refused_recipient_is_not_tried_again(services: Services, port: int) -> None:
    await queue(services)
    with mail_server(port, refuse_recipients=True):
        await send_due(services)

    [row] = await rows(services)
    assert (row["state"], row["error"]) == ("failed", "The SMTP server answered 550.")


async def test_a_server_that_says_later_is_tried_later_with_a_fresh_token(
    services: Services, port: int
) -> None:
    await queue(services)
    with mail_server(port, answer="451 try later") as sink:
        await send_due(services)
        assert [row["state"] for row in await rows(services)] == ["queued"]
        sink.answer = "250 OK"
        await make_due(services)
        await send_due(services)

    [(_, content)] = sink.taken
    assert b"token-2" in content


async def test_after_a_broken_answer_the_very_same_message_is_sent_again(
    services: Services, port: int, account: Account
) -> None:
    await queue(services)
    with mail_server(port, drop_after_taking=True) as sink:
        await send_due(services)
        [row] = await rows(services)
        assert row["state"] == "queued"
        assert b"token" not in row["sealed"]  # encrypted where it lies
        sink.drop_after_taking = False
        await make_due(services)
        await send_due(services)

    (_, first), (_, second) = sink.taken
    assert first == second
    assert account.asked == 1


async def test_a_worker_that_died_while_sending_is_taken_over(
    services: Services, port: int
) -> None:
    await queue(services)
    assert len(await claim_mails(services.database.owner, 10, timedelta(seconds=0.2))) == 1
    with mail_server(port) as sink:
        assert await send_due(services) == 0  # the lease of the dead one still holds
        await asyncio.sleep(0.3)
        assert await send_due(services) == 1
    assert len(sink.taken) == 1


async def test_a_worker_that_lost_its_lease_writes_and_sends_nothing(
    services: Services, port: int
) -> None:
    await queue(services)
    [late] = await claim_mails(services.database.owner, 10, timedelta(0))
    with mail_server(port) as sink:
        await send_due(services)
        await send_mail(services, late)
    assert len(sink.taken) == 1


async def test_two_workers_send_each_mail_once(services: Services, port: int) -> None:
    for number in range(30):
        await queue(services, f"ada{number}@example.com")
    with mail_server(port) as sink:
        while sum(await asyncio.gather(*(send_due(services) for _ in range(3)))):
            pass
    assert len(sink.taken) == 30
    assert len({message["Message-ID"] for message in sink.messages}) == 30


async def test_a_queued_mail_wakes_the_worker_and_a_slow_server_delays_nobody(
    services: Services, port: int
) -> None:
    with mail_server(port, delay=2) as sink:
        worker = asyncio.create_task(send_mails(services))
        await asyncio.sleep(0.3)
        await queue(services)
        assert not sink.taken
        await sink.wait_for(1)
        worker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await worker


async def test_a_server_that_never_answers_ends_the_attempt(
    services: Services, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "SEND_SECONDS", 0.3)
    await queue(services)
    with mail_server(port, delay=3):
        await send_due(services)
    [row] = await rows(services)
    assert row["state"] == "queued"
    assert row["sealed"] is not None


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "ada@example.com eve@example.com",
        "Ada <ada@example.com>",
        "['ada@example.com']",
        "ada",
        "\u0131ada@example.com",
    ],
)
async def test_what_is_not_one_address_gets_no_mail(
    services: Services, port: int, account: Account, address: str
) -> None:
    account.stored = address
    await queue(services, address)
    with mail_server(port) as sink:
        await send_due(services)
    assert sink.taken == []
    assert [row["state"] for row in await rows(services)] == ["failed"]


@pytest.mark.parametrize(
    "name",
    ["x\r\nBcc: eve@example.com", "x\n\n<html>", "x\u2028Bcc: eve@example.com", "\x00\x1b[31mx"],
)
async def test_a_value_makes_no_header(
    services: Services, port: int, account: Account, name: str
) -> None:
    account.values = {"name": name}
    await queue(services)
    with mail_server(port) as sink:
        await send_due(services)

    [(recipients, _)], [message] = sink.taken, sink.messages
    assert recipients == [STORED]
    assert message["Bcc"] is None
    assert sorted(message.keys()) == [
        "Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID",
        "Subject", "To",
    ]  # fmt: skip


async def test_the_log_tells_neither_address_nor_token(
    services: Services, capfd: pytest.CaptureFixture[str]
) -> None:
    await queue(services)
    await send_due(services)

    said = capfd.readouterr()
    assert "token-1" not in said.out + said.err
    assert STORED not in said.out + said.err


async def test_old_mails_are_forgotten_but_those_that_wait(services: Services) -> None:
    for number in range(2):
        await queue(services, f"old{number}@example.com")
    await services.database.owner.execute(
        "UPDATE backendify.mails SET created_at = now() - interval '8 days',"
        " state = CASE recipient WHEN 'old0@example.com' THEN 'sent' ELSE 'queued' END"
    )
    await clear_mails(services.database.owner)

    assert [row["recipient"] for row in await rows(services)] == ["old1@example.com"]


async def test_a_mail_that_was_rolled_back_is_not_sent(services: Services) -> None:
    async with services.database.owner.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await queue_mail(connection, MailRequest("greeting", STORED))
        await transaction.rollback()

    assert await rows(services) == []
