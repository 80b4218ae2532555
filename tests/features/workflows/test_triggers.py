"""What starts a workflow: records, times, people, other servers; each start once."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.features.workflows.conftest import World, step
from tests.features.workflows.test_flow import note, texts


async def test_a_created_record_starts_it_with_the_record_at_hand(world: World) -> None:
    flow = await world.flow(
        note("thank", "order {{record.name}} for {{record.total}} by {{user.email}}"),
        trigger={"type": "record.created", "collection": "orders", "where": {"total__gte": 100}},
    )
    await world.write(name="small", total=99)
    made = await world.write(name="big", total=100.5)
    (run,) = await world.runs(flow, 1)
    assert run["status"] == "succeeded", run
    assert await texts(world) == [f"order big for 100.5 by {world.admin.email}"]
    assert run["trigger"]["record_id"] == made["id"]
    assert run["trigger_type"] == "record.created"
    assert run["actor"].startswith("admin_user:")


async def test_updates_and_deletions_know_the_record_before(world: World) -> None:
    changed = {"status__neq": "$old.status"}
    flow = await world.flow(
        note("say", "{{trigger.type}}: {{previous_record.status}} -> {{record.status}}"),
        trigger={
            "type": "record.*",
            "collection": "orders",
            "where": changed,
        },
    )
    made = await world.write(name="a", status="open")
    url = f"{world.url}/data/orders/{made['id']}"
    assert (await world.client.patch(url, json={"status": "paid"})).status_code == 200
    assert (await world.client.patch(url, json={"name": "b"})).status_code == 200
    assert (await world.client.delete(url)).status_code == 204
    await world.runs(flow, 1)
    await asyncio.sleep(0.5)
    assert await texts(world) == ["record.updated: open -> paid"]


async def test_a_bulk_write_starts_one_run_for_each_record(world: World) -> None:
    flow = await world.flow(
        note("say", "{{record.name}}"), trigger={"type": "record.created", "collection": "orders"}
    )
    rows = [{"name": f"o{number}"} for number in range(40)]
    await world.post("data/orders", 201, rows)
    await world.runs(flow, 40, seconds=30)
    assert sorted(await texts(world)) == sorted(row["name"] for row in rows)


async def test_what_a_workflow_writes_may_start_it_again_but_not_for_ever(world: World) -> None:
    flow = await world.flow(
        note("again", "again"), trigger={"type": "record.created", "collection": "notes"}
    )
    await world.write("notes", text="first")
    runs = await world.runs(flow, 10)
    assert [run["depth"] for run in runs] == list(range(10))
    assert runs[-1]["reason"] == "loop"
    await asyncio.sleep(0.5)
    assert len(await world.all("notes")) == 10


async def test_more_runs_a_minute_than_allowed_are_stopped_and_can_be_retried(
    world: World,
) -> None:
    limits = {"workflows": {"runs_per_minute": 5}}
    answer = await world.client.patch(f"{world.url}/settings", json=limits)
    assert answer.status_code == 200, answer.text
    flow = await world.flow(
        note("say", "{{record.name}}"), trigger={"type": "record.created", "collection": "orders"}
    )
    await world.post("data/orders", 201, [{"name": f"o{number}"} for number in range(8)])
    runs = await world.runs(flow, 8)
    assert [run["status"] for run in runs].count("stopped") == 3
    assert {run["reason"] for run in runs} == {None, "fan_out"}
    raised = {"workflows": {"runs_per_minute": 100}}
    await world.client.patch(f"{world.url}/settings", json=raised)
    told = await world.post(f"workflows/{flow['id']}/runs/retry", 200, {"status": "stopped"})
    assert told == {"count": 3}
    await world.runs(flow, 11)
    assert len(await world.all("notes")) == 8
    again = await world.post(f"workflows/{flow['id']}/runs/retry", 200, {"status": "stopped"})
    assert again == {"count": 0}


async def test_a_disabled_workflow_is_started_by_nothing(world: World) -> None:
    flow = await world.flow(
        note("say", "no"),
        trigger={"type": "record.created", "collection": "orders"},
        enabled=False,
    )
    other = await world.flow(
        note("say", "yes"), trigger={"type": "record.created", "collection": "orders"}
    )
    await world.write(name="x")
    await world.runs(other, 1)
    assert (await world.get(f"workflows/{flow['id']}/runs"))["data"] == []
    by_hand = await world.flow(note("say", "no"), enabled=False)
    answer = await world.post(f"workflows/{by_hand['id']}/run", 409, {})
    assert answer["code"] == "workflow_disabled"


async def test_a_run_by_hand_takes_a_manual_trigger(world: World) -> None:
    flow = await world.flow(
        note("say", "x"), trigger={"type": "record.created", "collection": "orders"}
    )
    answer = await world.post(f"workflows/{flow['id']}/run", 409, {})
    assert answer["code"] == "workflow_not_manual"


async def test_a_key_starts_one_run(world: World) -> None:
    flow = await world.flow(note("say", "x{{input.x}}"))
    url, key = f"{world.url}/workflows/{flow['id']}/run", {"Idempotency-Key": "k1"}

    async def start(x: int) -> httpx.Response:
        return await world.client.post(url, json={"input": {"x": x}}, headers=key)

    answers = await asyncio.gather(*(start(1) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await start(2)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    await world.runs(flow, 1)
    assert await texts(world) == ["x1"]


async def test_an_incoming_webhook_starts_it_once_for_a_message(world: World) -> None:
    flow = await world.flow(
        note("say", "{{input.body.event}} {{input.query.q}} {{input.headers.x-kind}}"),
        trigger={"type": "webhook", "headers": ["X-Kind"]},
    )
    path = flow["hook_url"].split("/api/", 1)[1]
    headers = {"webhook-id": "m1", "X-Kind": "k", "X-Api-Token": "hush"}

    async def send(**more: str) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=world.client._transport, base_url="http://localhost"
        ) as stranger:
            return await stranger.post(
                f"/api/{path}?q=1", json={"event": "paid"}, headers=headers | more
            )

    first, second = await send(), await send()
    assert (first.status_code, second.status_code) == (202, 202), first.text
    assert first.json() == second.json()
    await world.runs(flow, 1)
    assert await texts(world) == ["paid 1 k"]
    run = await world.get(f"runs/{first.json()['run_id']}")
    assert "hush" not in str(run)
    rotated = await world.post(f"workflows/{flow['id']}/rotate", 200)
    assert rotated["hook_url"] not in (None, flow["hook_url"])
    gone = await send(**{"webhook-id": "m2"})
    assert (gone.status_code, gone.json()["code"]) == (404, "workflow_hook_not_found")
    shown = await world.get(f"workflows/{flow['id']}")
    assert "hook_url" not in shown or shown["hook_url"] is None


async def test_a_schedule_fires_once_when_its_time_has_come(world: World) -> None:
    flow = await world.flow(
        note("say", "{{trigger.at}}"),
        trigger={"type": "schedule", "cron": "0 4 * * *", "timezone": "Europe/Berlin"},
    )
    assert flow["next_fire_at"] is not None
    await world.app.services.database.owner.execute(
        "UPDATE backendify.workflows SET next_fire_at = next_fire_at - interval '24 hours'"
        " WHERE id = $1",
        flow["id"],
    )
    (run,) = await world.runs(flow, 1)
    assert run["status"] == "succeeded"
    assert (await world.get(f"workflows/{flow['id']}"))["next_fire_at"] == flow["next_fire_at"]
    assert step(run, "say")["status"] == "succeeded"
    await asyncio.sleep(1.5)
    assert len(await world.all("notes")) == 1


@pytest.mark.parametrize(
    ("trigger", "pointer"),
    [
        ({"type": "schedule", "cron": "61 * * * *"}, "/trigger/cron"),
        ({"type": "schedule", "cron": "* * * * *", "timezone": "Berlin"}, "/trigger/timezone"),
        ({"type": "record.created", "collection": "ordrs"}, "/trigger/collection"),
        (
            {"type": "record.created", "collection": "orders", "where": {"totl": 1}},
            "/trigger/where/totl",
        ),
    ],
)
async def test_a_trigger_that_cannot_stand_is_refused_at_its_place(
    world: World, trigger: dict[str, Any], pointer: str
) -> None:
    body = {"name": "x", "trigger": trigger, "steps": [note("say", "x")]}
    answer = await world.post("workflows", 422, body)
    assert pointer in [fault["pointer"] for fault in answer["errors"]], answer
