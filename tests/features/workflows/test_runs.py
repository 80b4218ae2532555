"""What can be done with runs: looking, cancelling, retrying, replaying; and who may."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.clock import utc_now
from app.features.workflows import runner
from tests.conftest import Admin
from tests.features.workflows.conftest import World, step, world_of
from tests.features.workflows.test_flow import note, texts
from tests.people import invited
from tests.waiting import until


def call(world: World, path: str, **more: Any) -> dict[str, Any]:
    given = {"url": world.receiver.url(path), "method": "POST", "json": {"x": "{{input.x}}"}}
    quick = {"max_attempts": 3, "delay_seconds": 0.05, "factor": 1}
    return {"id": "call", "action": "http.request", "with": given, "retry": quick} | more


async def test_a_step_is_tried_again_under_one_key(world: World) -> None:
    world.receiver.answers["flaky"] = [503, 429]
    run = await world.run(await world.flow(call(world, "flaky")), x=1)
    assert run["status"] == "succeeded", run
    assert step(run, "call")["attempts"] == 3
    keys = {each.headers["idempotency-key"] for each in world.receiver.at("flaky")}
    assert len(keys) == 1
    assert step(run, "call")["output"]["response"]["status"] == 200


async def test_what_is_refused_for_good_is_not_tried_again(world: World) -> None:
    world.receiver.answers["refused"] = [404]
    run = await world.run(await world.flow(call(world, "refused")), x=1)
    assert (run["status"], step(run, "call")["attempts"]) == ("failed", 1)
    assert run["error"] == {
        "code": "http_status",
        "message": "The server answered 404.",
        "step": "call",
    }
    assert step(run, "call")["output"]["response"]["status"] == 404


async def test_attempts_have_an_end(world: World) -> None:
    world.receiver.answers["down"] = [500] * 10
    run = await world.run(await world.flow(call(world, "down")), x=1)
    assert (run["status"], step(run, "call")["attempts"]) == ("failed", 3)
    assert len(world.receiver.at("down")) == 3


async def test_a_retry_goes_on_where_the_run_failed_with_the_same_keys(world: World) -> None:
    world.receiver.answers["once"] = [404]
    flow = await world.flow(note("first", "first"), call(world, "once"), note("last", "last"))
    failed = await world.run(flow, x=1)
    assert failed["status"] == "failed"
    made = await world.post(f"runs/{failed['id']}/retry", 201)
    assert made["retry_of"] == failed["id"]
    run = await world.ended(made["id"])
    assert run["status"] == "succeeded", run
    assert await texts(world) == ["first", "last"]
    first, second = world.receiver.at("once")
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert step(run, "first") == step(failed, "first")
    again = await world.post(f"runs/{made['id']}/retry", 409)
    assert again["code"] == "workflow_run_state"
    twice = await world.post(f"runs/{failed['id']}/retry", 409)
    assert (twice["code"], made["id"] in twice["hint"]) == ("workflow_run_retried", True)


async def test_a_replay_does_not_keep_a_failed_run_from_being_retried_in_bulk(world: World) -> None:
    world.receiver.answers["bulk"] = [404, 404]
    flow = await world.flow(call(world, "bulk"))
    failed = await world.run(flow, x=1)
    replayed = await world.post(f"runs/{failed['id']}/replay", 201)
    assert (await world.ended(replayed["id"]))["status"] == "failed"
    assert await world.post(f"workflows/{flow['id']}/runs/retry", 200) == {"count": 2}
    assert await world.post(f"workflows/{flow['id']}/runs/retry", 200) == {"count": 0}


async def test_a_process_whose_clock_is_behind_goes_on_with_what_is_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the database's clock that says when a run is due: asking the own one again would
    claim and suspend it for ever."""
    flow = await world.flow({"id": "wait", "action": "delay", "with": {"seconds": 0.5}})
    behind = timedelta(minutes=5)
    monkeypatch.setattr(runner, "utc_now", lambda: utc_now() - behind)
    run = await world.run(flow)
    assert run["status"] == "succeeded", run


async def test_a_replay_goes_by_the_workflow_of_today_with_keys_of_its_own(world: World) -> None:
    flow = await world.flow(note("first", "first"), call(world, "replay"), note("last", "old"))
    old = await world.run(flow, x=1)
    changed = [note("first", "first"), call(world, "replay"), note("last", "new {{input.x}}")]
    body = {"steps": changed}
    answer = await world.client.patch(f"{world.url}/workflows/{flow['id']}", json=body)
    assert (answer.status_code, answer.json()["version"]) == (200, 2), answer.text
    made = await world.post(f"runs/{old['id']}/replay", 201, {"from_step": "call"})
    run = await world.ended(made["id"])
    assert (run["status"], run["version"]) == ("succeeded", 2)
    assert await texts(world) == ["first", "old", "new 1"]
    first, second = world.receiver.at("replay")
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]
    whole = await world.ended((await world.post(f"runs/{old['id']}/replay", 201))["id"])
    assert whole["status"] == "succeeded"
    assert await texts(world) == ["first", "old", "new 1", "first", "new 1"]
    refused = await world.post(f"runs/{old['id']}/replay", 422, {"from_step": "lost"})
    assert refused["code"] == "workflow_step_unknown"


async def test_a_waiting_run_can_be_cancelled_and_begun_again(world: World) -> None:
    flow = await world.flow(
        {"id": "rest", "action": "delay", "with": {"days": 3}}, note("done", "done")
    )
    started = await world.post(f"workflows/{flow['id']}/run", 201)
    await world.ended(started["id"], "waiting")
    cancelled = await world.post(f"runs/{started['id']}/cancel", 200)
    assert (cancelled["status"], cancelled["next_at"]) == ("cancelled", None)
    run = await world.get(f"runs/{started['id']}")
    assert step(run, "rest")["status"] == "cancelled"
    twice = await world.post(f"runs/{started['id']}/cancel", 409)
    assert twice["code"] == "workflow_run_state"
    made = await world.post(f"runs/{started['id']}/retry", 201)
    await world.ended(made["id"], "waiting")
    assert await texts(world) == []


async def test_a_running_step_comes_to_its_end_when_its_run_is_cancelled(world: World) -> None:
    world.receiver.seconds = 1.0
    try:
        flow = await world.flow(call(world, "unhurried"), note("never", "never"))
        started = await world.post(f"workflows/{flow['id']}/run", 201, {"input": {"x": 1}})
        await world.receiver.wait("unhurried")
        await world.post(f"runs/{started['id']}/cancel", 200)
    finally:
        world.receiver.seconds = 0.0

    async def ended() -> Any:
        run = await world.get(f"runs/{started['id']}")
        return step(run, "call").get("output") and run

    run = await until(ended)
    assert run["status"] == "cancelled"
    assert step(run, "call")["output"]["response"]["status"] == 200
    assert await texts(world) == []


async def test_a_run_goes_on_by_the_version_it_began_with(world: World) -> None:
    flow = await world.flow(
        {"id": "rest", "action": "delay", "with": {"seconds": 1.5}}, note("done", "old")
    )
    started = await world.post(f"workflows/{flow['id']}/run", 201)
    body = {"steps": [note("done", "new")]}
    assert (
        await world.client.patch(f"{world.url}/workflows/{flow['id']}", json=body)
    ).status_code == 200
    await world.ended(started["id"])
    assert await texts(world) == ["old"]
    versions = (await world.get(f"workflows/{flow['id']}/versions"))["data"]
    assert [each["version"] for each in versions] == [2, 1]
    assert versions[1]["steps"][1]["with"]["data"] == {"text": "old"}


async def test_no_more_runs_go_on_at_once_than_the_workflow_allows(world: World) -> None:
    world.receiver.seconds = 0.3
    try:
        flow = await world.flow(call(world, "narrow"), max_concurrent=1)
        for number in range(4):
            given = {"input": {"x": number}}
            await world.post(f"workflows/{flow['id']}/run", 201, given)
        await world.runs(flow, 4)
    finally:
        world.receiver.seconds = 0.0
    came = world.receiver.at("narrow")
    gaps = [later.at - sooner.at for sooner, later in itertools.pairwise(came)]
    assert min(gaps) >= 0.3
    assert [each.json["x"] for each in came] == [0, 1, 2, 3]


async def test_secrets_are_sent_and_kept_nowhere(world: World) -> None:
    put = await world.client.put(f"{world.url}/secrets/TOKEN", json={"value": "hush-1234"})
    assert put.status_code == 200, put.text
    assert "hush" not in put.text
    given = {
        "url": world.receiver.url("secret"),
        "method": "POST",
        "headers": {"Authorization": "Bearer {{secrets.TOKEN}}"},
        "json": {"echo": "{{secrets.TOKEN}}"},
    }
    flow = await world.flow({"id": "call", "action": "http.request", "with": given})
    run = await world.run(flow)
    assert run["status"] == "succeeded", run
    (came,) = world.receiver.at("secret")
    assert came.headers["authorization"] == "Bearer hush-1234"
    assert came.json == {"echo": "hush-1234"}
    assert step(run, "call")["input"]["headers"] == {"Authorization": "Bearer [secret TOKEN]"}
    owner = world.app.services.database.owner
    kept = await owner.fetchval(
        "SELECT string_agg(s::text, '') FROM backendify.workflow_steps s WHERE run_id = $1",
        run["id"],
    )
    assert "hush" not in kept
    assert "hush" not in str(await world.get("secrets"))


async def test_a_secret_goes_to_its_hosts_alone(world: World) -> None:
    body = {"value": "hush-5678", "hosts": ["api.example.com"]}
    await world.client.put(f"{world.url}/secrets/NARROW", json=body)
    given = {"url": world.receiver.url("trap"), "headers": {"X-Key": "{{secrets.NARROW}}"}}
    flow = await world.flow({"id": "call", "action": "http.request", "with": given})
    run = await world.run(flow)
    assert run["error"]["code"] == "secret_host_refused"
    assert world.receiver.at("trap") == []
    assert "hush" not in str(run)


async def test_a_secret_that_is_gone_fails_the_step(world: World) -> None:
    given = {"url": world.receiver.url("gone"), "headers": {"X-Key": "{{secrets.LOST}}"}}
    run = await world.run(await world.flow({"id": "c", "action": "http.request", "with": given}))
    assert run["error"]["code"] == "secret_missing"


async def test_a_value_that_spells_a_secret_is_a_value(world: World) -> None:
    await world.client.put(f"{world.url}/secrets/TOKEN", json={"value": "hush-1234"})
    given = {
        "url": world.receiver.url("spelled"),
        "method": "POST",
        "headers": {"X-Key": "{{secrets.TOKEN}}"},
        "json": {"x": "{{input.x}}"},
    }
    flow = await world.flow({"id": "call", "action": "http.request", "with": given})
    await world.run(flow, x="{{secrets.TOKEN}}")
    (came,) = world.receiver.at("spelled")
    assert came.json == {"x": "{{secrets.TOKEN}}"}


async def test_run_as_decides_what_steps_may_do(world: World) -> None:
    role = await world.client.post(f"{world.url}/roles", json={"name": "scribe"})
    assert role.status_code == 201, role.text
    flow = await world.flow(note("say", "x"), run_as="role:scribe")
    denied = await world.run(flow)
    assert denied["status"] == "failed"
    assert denied["acts_as"] == "role:scribe"
    policy = {
        "name": "scribes write",
        "collection": "notes",
        "actions": ["create", "read"],
        "principals": ["role:scribe"],
    }
    await world.post("policies", 201, policy)
    assert (await world.run(flow))["status"] == "succeeded"
    in_use = await world.client.delete(f"{world.url}/roles/scribe")
    assert in_use.status_code == 409, in_use.text


async def test_run_as_trigger_goes_on_with_the_rights_of_who_wrote(world: World) -> None:
    flow = await world.flow(
        note("say", "seen"),
        trigger={"type": "record.created", "collection": "orders"},
        run_as="trigger",
    )
    await world.write(name="by the owner")
    (run,) = await world.runs(flow, 1)
    assert run["status"] == "succeeded", run
    assert run["acts_as"].startswith("member:")
    key = await world.post("api-keys", 201, {"name": "narrow", "scopes": ["orders:create"]})
    async with httpx.AsyncClient(
        transport=world.client._transport, base_url="http://localhost"
    ) as server:
        sent = await server.post(
            f"{world.url}/data/orders", json={"name": "k"}, headers={"X-API-Key": key["key"]}
        )
    assert sent.status_code == 201, sent.text
    await asyncio.sleep(1.0)
    runs = await world.runs(flow, 1)
    assert len(runs) == 1, "a key that may not read orders sees no event of them"


@pytest.mark.parametrize("run_as", ["role:nobody", "user:x", "member:x", "api_key:x", "root"])
async def test_run_as_names_somebody_who_may_be_named(world: World, run_as: str) -> None:
    body = {"name": "x", "trigger": {"type": "manual"}, "steps": [note("a", "b")], "run_as": run_as}
    answer = await world.post("workflows", 422, body)
    assert answer["code"] == "run_as_invalid"


async def test_who_may_start_and_see_runs(world: World) -> None:
    flow = await world.flow(note("say", "{{input.x}} secret"))
    run = await world.run(flow, x="a")
    editor = await invited(world.app, world.client, world.url, "editor")
    viewer = await invited(world.app, world.client, world.url, "viewer")
    service = await world.post("api-keys", 201, {"name": "s", "scopes": ["*:*"]})
    seen = (await editor.client.get(f"{world.url}/runs/{run['id']}")).json()
    assert (seen["trigger"], seen["steps"][0]["input"], seen["steps"][0]["output"]) == (None,) * 3
    assert (await viewer.client.get(f"{world.url}/runs/{run['id']}")).status_code == 403
    assert (await viewer.client.get(f"{world.url}/workflows/{flow['id']}")).status_code == 200
    started = await editor.client.post(f"{world.url}/workflows/{flow['id']}/run", json={})
    assert started.status_code == 201
    made = await editor.client.post(f"{world.url}/workflows", json={})
    assert made.status_code == 403
    async with httpx.AsyncClient(
        transport=world.client._transport,
        base_url="http://localhost",
        headers={"X-API-Key": service["key"]},
    ) as server:
        url = f"{world.url}/workflows/{flow['id']}/run"
        begun = await server.post(url, json={"input": {"x": "b"}})
        assert begun.status_code == 201, begun.text
        whole = (await server.get(f"{world.url}/runs/{run['id']}")).json()
        assert whole["steps"][0]["input"]["data"] == {"text": "a secret"}
        assert (await server.get(f"{world.url}/workflows")).status_code == 401


async def test_deleting_a_workflow_ends_its_runs(world: World) -> None:
    flow = await world.flow({"id": "rest", "action": "delay", "with": {"days": 3}})
    started = await world.post(f"workflows/{flow['id']}/run", 201)
    await world.ended(started["id"], "waiting")
    gone = await world.client.delete(f"{world.url}/workflows/{flow['id']}")
    assert gone.status_code == 204
    assert (await world.client.get(f"{world.url}/runs/{started['id']}")).status_code == 404


async def test_runs_that_hang_hold_up_nobody_elses(
    world: World, owner: Admin, installation: Any
) -> None:
    """Forty runs that wait for a server that never answers, and another project's one."""
    given = {"url": world.receiver.url("hang/1"), "timeout_seconds": 60}
    hanging = {"id": "call", "action": "http.request", "with": given,
               "timeout_seconds": 60, "retry": {"max_attempts": 1}}  # fmt: skip
    stuck = await world.flow(hanging, max_concurrent=100)
    for _ in range(40):
        await world.post(f"workflows/{stuck['id']}/run", 201)
    other = await world_of(owner, installation, world.receiver)
    flow = await other.flow(note("say", "quick"))
    run = await other.run(flow)
    assert run["status"] == "succeeded"
    hung = (await world.get(f"workflows/{stuck['id']}/runs?limit=100"))["data"]
    assert {each["status"] for each in hung} <= {"queued", "running"}
