"""Runs that would do harm: too deep, too large, with rights that are gone, seen by others."""

import asyncio
import json
from functools import partial
from typing import Any
from uuid import UUID

import httpx

from tests.conftest import Admin
from tests.features.workflows.conftest import World, step, world_of
from tests.features.workflows.test_flow import note, texts
from tests.people import invited
from tests.waiting import until


def nested(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


async def test_a_record_as_deep_as_records_may_be_starts_its_run(world: World) -> None:
    flow = await world.flow(
        note("say", "{{record.name}}"), trigger={"type": "record.created", "collection": "orders"}
    )
    await world.write(name="deep", meta=nested(30))
    (run,) = await world.runs(flow, 1)
    assert run["status"] == "succeeded", run
    listed = await world.flow({"id": "l", "action": "data.list", "with": {"collection": "orders"}})
    assert (await world.run(listed))["status"] == "succeeded"


async def test_what_gets_too_deep_in_a_step_fails_the_step_alone(world: World) -> None:
    deep: Any = "{{input.x}}"
    for _ in range(12):
        deep = {"b": deep}
    flow = await world.flow(
        {"id": "log", "action": "log", "with": {"message": "m", "data": deep},
         "on_error": "continue"},
        {"id": "rest", "action": "delay", "with": {"seconds": 0.2}},
        note("done", "done"),
    )  # fmt: skip
    run = await world.run(flow, x=nested(21))
    assert run["status"] == "succeeded", run
    assert await texts(world) == ["done"]


async def test_a_run_at_which_the_server_fails_comes_to_an_end(world: World) -> None:
    """Each time later, and not for ever; others go on meanwhile."""
    owner = world.app.services.database.owner
    flow = await world.flow({"id": "rest", "action": "delay", "with": {"days": 1}})
    started = await world.post(f"workflows/{flow['id']}/run", 201)
    await world.ended(started["id"], "waiting")
    await owner.execute(
        "UPDATE backendify.workflow_versions SET definition = '{}' WHERE workflow_id = $1",
        UUID(flow["id"]),
    )
    await owner.execute(
        "UPDATE backendify.workflow_runs SET next_at = now(), takeovers = 9 WHERE id = $1",
        UUID(started["id"]),
    )
    later = (
        "SELECT takeovers FROM backendify.workflow_runs"
        " WHERE id = $1 AND next_at > now() + interval '30 seconds'"
    )
    assert await until(partial(owner.fetchval, later, UUID(started["id"]))) == 10
    await owner.execute(
        "UPDATE backendify.workflow_runs SET next_at = now(), takeovers = 11 WHERE id = $1",
        UUID(started["id"]),
    )
    run = await world.ended(started["id"])
    assert run["error"]["code"] == "abandoned"


async def test_many_messages_at_once_are_all_taken(world: World) -> None:
    flow = await world.flow(note("say", "{{input.query.n}}"), trigger={"type": "webhook"})
    path = "/api/" + flow["hook_url"].split("/api/", 1)[1]
    async with httpx.AsyncClient(
        transport=world.client._transport, base_url="http://localhost"
    ) as stranger:
        answers = await asyncio.gather(
            *(stranger.post(f"{path}?n={number}", json={}) for number in range(60))
        )
    assert {answer.status_code for answer in answers} == {202}


async def test_a_run_keeps_no_more_than_it_may(world: World) -> None:
    blob = "x" * 200_000
    each = {
        "id": "each",
        "action": "for_each",
        "with": {"items": "{{input.items}}"},
        "steps": [
            {"id": "log", "action": "log", "with": {"message": "m", "data": "{{input.blob}}"}}
        ],
    }
    run = await world.run(await world.flow(each), items=list(range(300)), blob=blob)
    assert (run["status"], run["error"]["code"]) == ("failed", "run_too_large")
    assert len(json.dumps(run)) < 40_000_000


async def test_an_editor_learns_nothing_of_hidden_values_by_what_a_run_failed_at(
    world: World,
) -> None:
    made = await world.write(name="a", secret_note="TOPSECRET")
    flow = await world.flow(
        {"id": "o", "action": "data.get", "with": {"collection": "orders", "id": made["id"]}},
        {"id": "mail", "action": "email.send",
         "with": {"to": "{{steps.o.secret_note}}", "subject": "s", "text": "t"}},
    )  # fmt: skip
    run = await world.run(flow)
    assert "TOPSECRET" in run["error"]["message"]
    editor = await invited(world.app, world.client, world.url, "editor")
    for path in (f"runs/{run['id']}", f"workflows/{flow['id']}/runs", "workflows/runs"):
        seen = await editor.client.get(f"{world.url}/{path}")
        assert seen.status_code == 200
        assert "TOPSECRET" not in seen.text


async def test_a_replay_has_the_rights_of_today(world: World) -> None:
    flow = await world.flow(note("say", "as the project"))
    run = await world.run(flow)
    body = {"run_as": "anonymous", "steps": [note("say", "as nobody")]}
    answer = await world.client.patch(f"{world.url}/workflows/{flow['id']}", json=body)
    assert answer.status_code == 200, answer.text
    made = await world.post(f"runs/{run['id']}/replay", 201)
    assert made["acts_as"] == "anonymous"
    assert (await world.ended(made["id"]))["status"] == "failed"
    assert await texts(world) == ["as the project"]


async def test_runs_of_a_disabled_workflow_are_not_begun_again(world: World) -> None:
    bad = {"id": "x", "action": "data.get", "with": {"collection": "notes", "id": "no"}}
    flow = await world.flow(bad)
    run = await world.run(flow)
    off = await world.client.patch(f"{world.url}/workflows/{flow['id']}", json={"enabled": False})
    assert off.status_code == 200
    for path in (f"runs/{run['id']}/retry", f"runs/{run['id']}/replay",
                 f"workflows/{flow['id']}/runs/retry"):  # fmt: skip
        assert (await world.post(path, 409))["code"] == "workflow_disabled"


async def test_an_editor_repeats_no_deed_of_others_with_their_rights(world: World) -> None:
    flow = await world.flow(
        note("say", "x"),
        trigger={"type": "record.created", "collection": "orders"},
        run_as="trigger",
    )
    await world.write(name="by the owner")
    (run,) = await world.runs(flow, 1)
    editor = await invited(world.app, world.client, world.url, "editor")
    answer = await editor.client.post(f"{world.url}/runs/{run['id']}/replay", json={})
    assert answer.status_code == 403
    assert (await world.post(f"runs/{run['id']}/replay", 201))["acts_as"] == run["acts_as"]


async def test_an_editor_repeats_no_deed_of_others_in_bulk_either(world: World) -> None:
    """Not when the first run of many is their own."""
    bad = {"id": "x", "action": "data.get", "with": {"collection": "notes", "id": "no"}}
    trigger = {"type": "record.created", "collection": "orders"}
    flow = await world.flow(bad, trigger=trigger, run_as="trigger")
    editor = await invited(world.app, world.client, world.url, "editor")
    mine = await editor.client.post(f"{world.url}/data/orders", json={"name": "by the editor"})
    assert mine.status_code == 201, mine.text
    await world.runs(flow, 1)
    everyones = f"{world.url}/workflows/{flow['id']}/runs/retry"
    assert (await editor.client.post(everyones, json={})).json() == {"count": 1}
    await world.runs(flow, 2)
    await world.write(name="by the owner")
    before = await world.runs(flow, 3)
    assert (await editor.client.post(everyones, json={})).status_code == 403
    assert len(await world.runs(flow, 3)) == len(before)
    assert (await world.post(f"workflows/{flow['id']}/runs/retry", 200)) == {"count": 2}


async def test_rights_that_end_during_a_run_end_for_its_next_step(world: World) -> None:
    key = await world.post("api-keys", 201, {"name": "k", "scopes": ["orders:*", "notes:*"]})
    flow = await world.flow(
        {"id": "call", "action": "http.request", "with": {"url": world.receiver.url("ending")}},
        note("say", "with rights that are gone"),
        trigger={"type": "record.created", "collection": "orders"},
        run_as="trigger",
    )
    world.receiver.seconds = 3.0
    try:
        async with httpx.AsyncClient(
            transport=world.client._transport, base_url="http://localhost"
        ) as server:
            sent = await server.post(
                f"{world.url}/data/orders", json={"name": "k"}, headers={"X-API-Key": key["key"]}
            )
        assert sent.status_code == 201, sent.text
        await world.receiver.wait("ending")
        gone = await world.client.delete(f"{world.url}/api-keys/{key['id']}")
        assert gone.status_code == 204
        (run,) = await world.runs(flow, 1)
    finally:
        world.receiver.seconds = 0.0
    assert run["error"]["code"] == "run_as_invalid"
    assert await texts(world) == []


async def test_secrets_are_covered_however_they_are_sent_back() -> None:
    from app.features.secrets.service import Secret
    from app.features.workflows.secrecy import Secrecy

    secrecy = Secrecy({"K": Secret("sk_Ab/cd<1&2>=", None), "N": Secret("123456789012", None)})
    for told in ("sk_Ab\\/cd<1&2>=", "sk_Ab%2fcd%3c1%262%3e%3d", "sk_Ab/cd&lt;1&amp;2&gt;=",
                 "c2tfQWIvY2Q8MSYyPj0=", "SK_AB/CD<1&2>=", "sk_ab/cd<1&2>="):  # fmt: skip
        assert secrecy.hide(f"x {told} y") == "x [secret K] y", told
    assert secrecy.hide({"n": 123456789012}) == {"n": "[secret N]"}
    assert secrecy.hide({"n": 7, "b": True}) == {"n": 7, "b": True}


async def test_only_the_headers_that_are_named_are_told(
    world: World, owner: Admin, installation: Any
) -> None:
    other = await world_of(owner, installation, world.receiver)
    flow = await other.flow(note("say", "x"), trigger={"type": "webhook", "headers": ["X-Kind"]})
    path = "/api/" + flow["hook_url"].split("/api/", 1)[1]
    async with httpx.AsyncClient(
        transport=world.client._transport, base_url="http://localhost"
    ) as stranger:
        headers = {"X-Kind": "k", "X-Password": "hush", "Authorization": "Bearer hush"}
        sent = await stranger.post(path, json={}, headers=headers)
    run = await other.ended(sent.json()["run_id"])
    told = run["trigger"]["input"]["headers"]
    assert told["x-kind"] == "k"
    assert "hush" not in json.dumps(run)
    assert step(run, "say")["status"] == "succeeded"


async def test_numbers_keep_their_digits_however_often_a_run_is_begun(world: World) -> None:
    amount = "12345678901234567890.1234567890"
    given = {
        "url": world.receiver.url("digits"),
        "method": "POST",
        "json": {"amount": "{{input.amount}}"},
    }
    flow = await world.flow({"id": "call", "action": "http.request", "with": given})
    world.receiver.answers["digits"] = [404]
    answer = await world.client.post(
        f"{world.url}/workflows/{flow['id']}/run",
        content=f'{{"input":{{"amount":{amount}}}}}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 201, answer.text
    failed = await world.ended(answer.json()["id"])
    for path in (f"runs/{failed['id']}/retry", f"runs/{failed['id']}/replay"):
        await world.ended((await world.post(path, 201))["id"])
    sent = [each.body.decode() for each in await world.receiver.wait("digits", 3)]
    assert sent == [f'{{"amount":{amount}}}'] * 3
    shown = await world.client.get(f"{world.url}/runs/{failed['id']}")
    assert shown.text.count(amount) == 2


async def test_a_key_with_the_same_decimal_is_the_same_request(world: World) -> None:
    flow = await world.flow(note("say", "x"))
    url = f"{world.url}/workflows/{flow['id']}/run"
    for _ in range(2):
        answer = await world.client.post(
            url, json={"input": {"a": 19.99}}, headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == 201, answer.text
