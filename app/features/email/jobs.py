"""The mail worker: sends what is due, wakes when something is queued, forgets what is old."""

import asyncio
from typing import Final

from app.api.services import Services
from app.core.tasks import end_tasks
from app.features.email.outbox import claim_mails, clear_mails
from app.features.email.sending import send_mail
from app.features.email.service import CHANNEL

AT_ONCE: Final = 10
SWEEP_SECONDS: Final = 5.0
_HOUR: Final = 3_600


async def send_mails(services: Services) -> None:
    """Send mails as they are queued, until cancelled."""
    woken = asyncio.Event()
    notices = services.database.notices
    listening = asyncio.create_task(notices.listen(CHANNEL, lambda _: woken.set(), woken.set))
    try:
        while True:
            woken.clear()
            while await send_due(services):
                pass
            await _wait(woken)
    finally:
        await end_tasks(listening)


async def send_due(services: Services) -> int:
    """Try the mails that are due now, some at a time; how many there were."""
    mails = await claim_mails(services.database.owner, AT_ONCE)
    sent = await asyncio.gather(*(send_mail(services, m) for m in mails), return_exceptions=True)
    for failure in filter(None, sent):
        raise failure
    return len(mails)


async def clear_old_mails(services: Services) -> None:
    """Every hour, until cancelled."""
    while True:
        await clear_mails(services.database.owner)
        await asyncio.sleep(_HOUR)


async def _wait(woken: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(SWEEP_SECONDS):
            await woken.wait()
    except TimeoutError:
        pass
