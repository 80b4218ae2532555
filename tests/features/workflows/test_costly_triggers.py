"""Triggers whose conditions cost a lot: the server answers while events are asked them."""

import os
from typing import Any

import structlog

from app.engine.policy.event_conditions import MOST_TESTS
from tests.features.webhooks.test_costly_conditions import (
    AT_ONCE,
    EVENTS,
    FEWEST_ANSWERS,
    answering,
    costly,
    taken,
)
from tests.features.workflows.conftest import World
from tests.features.workflows.test_flow import note

WORKFLOWS = int(os.environ.get("COSTLY_WORKFLOWS", "20"))

log = structlog.get_logger(__name__)


async def test_the_server_answers_while_many_events_meet_many_triggers(world: World) -> None:
    trigger: dict[str, Any] = {"type": "record.created", "collection": "orders"}
    for _ in range(WORKFLOWS):
        await world.flow(note("say", "x"), trigger=trigger | {"where": costly()})
    wanted = await world.flow(note("say", "x"), trigger=trigger | {"where": {"name": "o7"}})
    for first in range(0, EVENTS, AT_ONCE):
        rows = [{"name": f"o{first + n}", "total": n, "meta": {"a": "x0"}} for n in range(AT_ONCE)]
        await world.post("data/orders", 201, rows)
    async with answering(world) as waits:
        await taken(world, "workflows")
    log.warning("triggers_measured", workflows=WORKFLOWS, events=EVENTS,
                seconds=round(sum(waits), 2), longest=round(max(waits), 3))  # fmt: skip
    assert len(waits) > FEWEST_ANSWERS
    await world.runs(wanted, 1)


async def test_a_trigger_of_more_comparisons_than_may_be_is_refused(world: World) -> None:
    where = {"and": [*costly()["and"], {"status": "open"}]}
    trigger = {"type": "record.created", "collection": "orders", "where": where}
    body = {"name": "x", "trigger": trigger, "steps": [note("say", "x")]}
    told = await world.post("workflows", 422, body)
    assert told["errors"][0]["pointer"] == "/trigger/where"
    assert str(MOST_TESTS) in told["errors"][0]["message"]
