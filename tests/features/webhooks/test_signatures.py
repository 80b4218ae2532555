"""What we sign is what Standard Webhooks verifies; schedules and pauses keep their promises."""

import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from app.core.config import Settings
from app.features.webhooks.schedule import LONGEST_PAUSE_SECONDS, next_delay, pause
from app.features.webhooks.signatures import make_secret, signed_headers


@pytest.mark.parametrize("body", ["{}", '{"a":"ä€😀"}', "", '{"n":1.10}\n'])
def test_the_public_library_takes_our_signatures(body: str) -> None:
    one, other = make_secret(), make_secret()
    headers = signed_headers("evt_1", int(time.time()), body, [one, other])
    for secret in (one, other):
        Webhook(secret).verify(body, headers, json_parse=False)
    alone = Webhook(one).sign("evt_1", *_when(headers), body)
    assert headers["webhook-signature"].split(" ")[0] == alone


def test_the_default_schedule_lasts_for_three_days() -> None:
    schedule = Settings.model_fields["webhook_schedule"].default
    delays = [next_delay(schedule, tries) for tries in range(len(schedule))]
    assert sum(filter(None, delays)) >= 72 * 3600
    assert next_delay(schedule, len(schedule)) is None


def test_jitter_only_ever_adds() -> None:
    drawn = [next_delay((0, 10), 1) or 0 for _ in range(200)]
    assert min(drawn) >= 10
    assert max(drawn) <= 11
    assert len(set(drawn)) > 100


def test_pauses_grow_and_have_an_end() -> None:
    grown = [pause((0, 5, 300), number) for number in range(1, 30)]
    assert 5 <= grown[0] < 6
    assert grown[3] > grown[1] > grown[0]
    assert max(grown) <= LONGEST_PAUSE_SECONDS * 1.1
    assert pause((0,), 1) > 0


def _when(headers: dict[str, str]) -> tuple[datetime]:
    return (datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC),)
