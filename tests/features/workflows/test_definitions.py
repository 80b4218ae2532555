"""What a definition may say: every fault is told at its place, all of them at once."""

from typing import Any

import pytest

from tests.features.workflows.conftest import World
from tests.features.workflows.test_flow import note

ORDER = {"type": "record.created", "collection": "orders"}

FAULTS: list[tuple[str, list[dict[str, Any]], dict[str, Any], str, str]] = [
    ("an unknown action", [{"id": "a", "action": "data.crate"}], {}, "/steps/0/action",
     "unknown_action"),
    ("two of one id", [note("a", "x"), note("a", "y")], {}, "/steps/1/id", "duplicate"),
    ("a word of the language as id", [note("end", "x")], {}, "/steps/0/id", "reserved"),
    ("a target that is not there", [note("a", "x", then="z")], {}, "/steps/0/then",
     "unknown_step"),
    ("a jump backwards", [note("a", "x"), note("b", "y", then="a")], {}, "/steps/1/then",
     "not_later"),
    ("else where nothing is decided", [note("a", "x", **{"else": "end"})], {}, "/steps/0/else",
     "not_applicable"),
    ("a switch without cases", [{"id": "a", "action": "switch", "with": {"value": 1}}], {},
     "/steps/0/cases", "missing"),
    ("for_each without steps", [{"id": "a", "action": "for_each", "with": {"items": []}}], {},
     "/steps/0/steps", "missing"),
    ("a parameter that is missing", [{"id": "a", "action": "data.create", "with": {}}], {},
     "/steps/0/with/collection", "missing"),
    ("a parameter nobody knows",
     [{"id": "a", "action": "data.get", "with": {"collection": "notes", "id": 1, "idd": 1}}], {},
     "/steps/0/with/idd", "extra_forbidden"),
    ("a parameter of the wrong type", [{"id": "a", "action": "delay", "with": {"days": "x"}}], {},
     "/steps/0/with/days", "float_parsing"),
    ("a collection that is not there",
     [{"id": "a", "action": "data.get", "with": {"collection": "nots", "id": 1}}], {},
     "/steps/0/with/collection", "unknown_collection"),
    ("a template that cannot be read", [note("a", "{{record.")], {"trigger": ORDER},
     "/steps/0/with/data/text", "template_invalid"),
    ("a name that stands for nothing", [note("a", "{{recrd.name}}")], {"trigger": ORDER},
     "/steps/0/with/data/text", "unknown_name"),
    ("a record where there is none", [note("a", "{{record.name}}")], {},
     "/steps/0/with/data/text", "unknown_name"),
    ("a field that is not there", [note("a", "{{record.nmae}}")], {"trigger": ORDER},
     "/steps/0/with/data/text", "unknown_field"),
    ("a step that comes later", [note("a", "{{steps.b.id}}"), note("b", "x")], {},
     "/steps/0/with/data/text", "unknown_step"),
    ("a secret where none may go", [note("a", "{{secrets.KEY}}")], {},
     "/steps/0/with/data/text", "secret_not_allowed"),
    ("a secret that is changed",
     [{"id": "a", "action": "http.request", "with": {"url": "https://x.test/{{secrets.K|lower}}"}}],
     {}, "/steps/0/with/url", "secret_not_plain"),
    ("more than a definition may hold", [note("a", "x" * 60_000), note("b", "x" * 60_000),
     note("c", "x" * 60_000), note("d", "x" * 60_000), note("e", "x" * 60_000)], {}, "/steps",
     "too_long"),
    ("a condition on nothing",
     [{"id": "a", "action": "condition", "with": {"where": {"recrd.x": 1}}}], {"trigger": ORDER},
     "/steps/0/with/where/recrd.x", "unknown_field"),
    ("rights of somebody where nobody starts it", [note("a", "x")],
     {"trigger": {"type": "schedule", "cron": "@daily"}, "run_as": "trigger"}, "/run_as",
     "not_applicable"),
    ("retries of a decision",
     [{"id": "a", "action": "condition", "with": {"where": {}}, "retry": {"max_attempts": 2}}], {},
     "/steps/0/retry", "not_applicable"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "steps", "more", "pointer", "code"), FAULTS,
                         ids=[fault[0] for fault in FAULTS])  # fmt: skip
async def test_a_definition_with(
    world: World,
    name: str,
    steps: list[dict[str, Any]],
    more: dict[str, Any],
    pointer: str,
    code: str,
) -> None:
    body = {"name": name, "trigger": {"type": "manual"}, "steps": steps} | more
    answer = await world.post("workflows", 422, body)
    told = [(fault["pointer"], fault["code"]) for fault in answer["errors"]]
    assert (pointer, code) in told, answer


async def test_all_faults_are_told_at_once(world: World) -> None:
    body = {
        "name": "x",
        "trigger": {"type": "manual"},
        "steps": [note("a", "{{nope}}", then="z"), {"id": "b", "action": "lost"}],
    }
    answer = await world.post("workflows", 422, body)
    assert len(answer["errors"]) == 3


async def test_names_are_taken_once_in_a_project(world: World) -> None:
    flow = await world.flow(note("a", "x"))
    body = {"name": flow["name"], "trigger": {"type": "manual"}, "steps": [note("a", "x")]}
    answer = await world.post("workflows", 409, body)
    assert answer["code"] == "workflow_name_taken"


async def test_a_trigger_follows_what_is_renamed_and_tells_what_is_gone(world: World) -> None:
    flow = await world.flow(
        note("a", "{{record.name}}"), trigger=ORDER | {"where": {"status": "open"}}
    )
    url = f"{world.url}/collections/orders"
    renamed = await world.client.patch(url, json={"name": "sales"})
    assert renamed.status_code == 200, renamed.text
    shown = await world.get(f"workflows/{flow['id']}")
    assert shown["trigger"] == {
        "type": "record.created",
        "collection": "sales",
        "where": {"status": "open"},
    }
    await world.write("sales", name="x")
    (run,) = await world.runs(flow, 1)
    assert run["status"] == "succeeded", run


async def test_every_action_tells_its_parameters(world: World) -> None:
    actions = {each["name"]: each for each in (await world.get("workflows/actions"))["data"]}
    assert {"condition", "switch", "delay", "wait_until", "for_each", "http.request", "data.list",
            "data.get", "data.create", "data.update", "data.delete", "email.send", "workflow.run",
            "log"} <= actions.keys()  # fmt: skip
    assert "url" in actions["http.request"]["params"]["properties"]
    assert actions["http.request"]["takes_secrets"] is True


async def test_what_will_fail_as_things_stand_is_told_with_the_answer(world: World) -> None:
    def call(id: str, url: str) -> dict[str, Any]:
        given = {"url": url, "headers": {"x-key": "{{secrets.SOME_KEY}}"}}
        return {"id": id, "action": "http.request", "with": given}

    inside = {"id": "each", "action": "for_each", "with": {"items": "{{input.urls}}"}}
    steps = [
        call("a", "http://10.0.0.1/x"),
        inside | {"steps": [call("b", "{{input.base}}/x"), call("c", world.receiver.url("c"))]},
    ]
    flow = await world.flow(*steps)

    told = [(each["pointer"], each["code"]) for each in flow["warnings"]]
    assert told == [
        ("/steps/0/with", "secret_not_found"),
        ("/steps/0/with/url", "egress_refused"),
        ("/steps/1/steps/0/with", "secret_not_found"),
        ("/steps/1/steps/1/with", "secret_not_found"),
    ]
    assert "EGRESS_ALLOW" in flow["warnings"][1]["hint"]
    kept = await world.client.put(f"{world.url}/secrets/SOME_KEY", json={"value": "some value"})
    assert kept.status_code == 200, kept.text
    path = f"{world.url}/workflows/{flow['id']}"
    changed = (await world.client.patch(path, json={"description": "checked"})).json()
    assert [each["code"] for each in changed["warnings"]] == ["egress_refused"]
    assert (await world.get(f"workflows/{flow['id']}"))["warnings"] == changed["warnings"]


async def test_where_a_step_is_drawn_is_kept_with_its_version_and_changes_no_run(
    world: World,
) -> None:
    def drawn(x: int) -> dict[str, Any]:
        step = {"id": "hello", "action": "log", "with": {"message": "hello"}}
        return step | {"position": {"x": x, "y": -40}}

    flow = await world.flow(drawn(120))
    path = f"{world.url}/workflows/{flow['id']}"
    moved = (await world.client.patch(path, json={"steps": [drawn(300)]})).json()
    far = await world.client.patch(path, json={"steps": [drawn(1_000_000)]})

    assert moved["version"] == 2
    assert moved["steps"][0]["position"] == {"x": 300, "y": -40}
    versions = (await world.get(f"workflows/{flow['id']}/versions"))["data"]
    assert [each["steps"][0]["position"]["x"] for each in versions] == [300, 120]
    assert far.status_code == 422
    assert (await world.run(flow))["status"] == "succeeded"
