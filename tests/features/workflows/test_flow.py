"""How a run goes: conditions, cases, waiting, lists, errors; each step kept with what it did."""

from typing import Any

from tests.features.workflows.conftest import World, step


def note(id: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "action": "data.create",
        "with": {"collection": "notes", "data": {"text": text}},
    } | more


async def texts(world: World) -> list[str]:
    return [row["text"] for row in await world.all("notes")]


async def test_steps_run_in_order_and_see_what_came_before(world: World) -> None:
    flow = await world.flow(
        note("first", "one for {{input.name}}"),
        note("second", "after {{steps.first.id}}"),
    )
    run = await world.run(flow, name="Ada")
    assert run["status"] == "succeeded", run
    first, second = await world.all("notes")
    assert first["text"] == "one for Ada"
    assert second["text"] == f"after {first['id']}"
    assert [each["path"] for each in run["steps"]] == ["first", "second"]
    assert step(run, "first")["output"]["id"] == first["id"]
    assert step(run, "first")["input"]["data"] == {"text": "one for Ada"}
    assert step(run, "first")["attempts"] == 1


async def test_a_condition_chooses_where_the_run_goes_on(world: World) -> None:
    flow = await world.flow(
        {
            "id": "big",
            "action": "condition",
            "with": {"where": {"input.total__gte": 500}},
            "then": "large",
            "else": "small",
        },
        note("large", "large", then="end"),
        note("small", "small"),
    )
    run = await world.run(flow, total=500)
    assert [each["path"] for each in run["steps"]] == ["big", "large"]
    await world.run(flow, total=499)
    assert await texts(world) == ["large", "small"]


async def test_without_else_a_condition_that_does_not_hold_ends_the_run(world: World) -> None:
    flow = await world.flow(
        {"id": "only", "action": "condition", "with": {"where": {"input.go": True}}},
        note("done", "went"),
    )
    run = await world.run(flow, go=False)
    assert run["status"] == "succeeded"
    assert step(run, "only")["output"] == {"holds": False}
    assert await texts(world) == []


async def test_a_switch_goes_by_its_value(world: World) -> None:
    flow = await world.flow(
        {
            "id": "by",
            "action": "switch",
            "with": {"value": "{{input.status}}"},
            "cases": {"paid": "ship", "1": "one"},
            "else": "other",
        },
        note("ship", "ship", then="end"),
        note("one", "one", then="end"),
        note("other", "other"),
    )
    for status in ("paid", 1, "lost"):
        assert (await world.run(flow, status=status))["status"] == "succeeded"
    assert sorted(await texts(world)) == ["one", "other", "ship"]


async def test_for_each_does_its_steps_for_every_item(world: World) -> None:
    flow = await world.flow(
        {
            "id": "each",
            "action": "for_each",
            "with": {"items": "{{input.names}}"},
            "steps": [note("make", "{{index}} {{item.name}}"), note("link", "{{steps.make.id}}")],
        },
        note("after", "{{steps.each.count}} done"),
    )
    run = await world.run(flow, names=[{"name": "Ada"}, {"name": "Grace"}])
    assert run["status"] == "succeeded", run
    ids = [step(run, f"each[{number}].make")["output"]["id"] for number in (0, 1)]
    assert await texts(world) == ["0 Ada", ids[0], "1 Grace", ids[1], "2 done"]
    paths = [each["path"] for each in run["steps"]]
    assert paths == ["each", "each[0].make", "each[0].link", "each[1].make", "each[1].link",
                     "after"]  # fmt: skip


async def test_a_failed_item_fails_the_run_unless_it_may_go_on(world: World) -> None:
    bad = {"id": "x", "action": "data.get", "with": {"collection": "notes", "id": "{{item}}"}}
    each = {"id": "each", "action": "for_each", "with": {"items": "{{input.ids}}"}, "steps": [bad]}
    made = await world.write("notes", text="there")
    ids = [made["id"], "0199aaaa-0000-7000-8000-000000000000", made["id"]]
    stops = await world.run(await world.flow(each), ids=ids)
    assert stops["status"] == "failed"
    assert stops["error"]["step"] == "each[1].x"
    goes = await world.run(await world.flow({**each, "on_error": "continue"}), ids=ids)
    assert goes["status"] == "succeeded"
    assert step(goes, "each")["output"] == {"count": 3, "failed": [1]}


async def test_a_delay_lets_go_of_the_run_and_goes_on_later(world: World) -> None:
    flow = await world.flow(
        {"id": "wait", "action": "delay", "with": {"seconds": 1}}, note("done", "later")
    )
    started = await world.post(f"workflows/{flow['id']}/run", 201, {})
    waiting = await world.ended(started["id"], "waiting")
    assert step(waiting, "wait")["status"] == "waiting"
    assert waiting["next_at"] == step(waiting, "wait")["output"]["until"]
    assert await texts(world) == []
    run = await world.ended(started["id"])
    assert run["status"] == "succeeded"
    assert await texts(world) == ["later"]


async def test_waiting_for_a_time_that_has_passed_waits_for_nothing(world: World) -> None:
    flow = await world.flow(
        {"id": "wait", "action": "wait_until", "with": {"at": "{{input.at}}"}}, note("done", "x")
    )
    assert (await world.run(flow, at="2020-01-01T00:00:00Z"))["status"] == "succeeded"
    bad = await world.run(flow, at="soon")
    assert bad["error"]["code"] == "input_invalid"


async def test_what_fails_may_lead_elsewhere(world: World) -> None:
    lost = {"collection": "notes", "id": "0199aaaa-0000-7000-8000-000000000000"}
    flow = await world.flow(
        {"id": "find", "action": "data.get", "with": lost, "on_error": "sorry"},
        note("found", "found", then="end"),
        note("sorry", "sorry: {{steps.find.error.code}}"),
    )
    run = await world.run(flow)
    assert run["status"] == "succeeded"
    assert step(run, "find")["status"] == "failed"
    assert await texts(world) == ["sorry: record_not_found"]


async def test_a_failed_step_fails_the_run_and_says_why(world: World) -> None:
    flow = await world.flow(
        {"id": "bad", "action": "data.create", "with": {"collection": "notes", "data": {"n": "x"}}},
        note("never", "never"),
    )
    run = await world.run(flow)
    assert (run["status"], run["error"]["step"]) == ("failed", "bad")
    assert "/n" in run["error"]["message"]
    assert await texts(world) == []


async def test_a_workflow_starts_another_and_goes_on(world: World) -> None:
    child = await world.flow(note("note", "child of {{trigger.run_id}}: {{input.x}}"))
    parent = await world.flow(
        {"id": "go", "action": "workflow.run",
         "with": {"workflow": child["name"], "input": {"x": "{{input.y}}"}}},
    )  # fmt: skip
    run = await world.run(parent, y=7)
    started = await world.ended(step(run, "go")["output"]["run_id"])
    assert started["depth"] == 1
    assert await texts(world) == [f"child of {run['id']}: 7"]


async def test_workflows_that_start_themselves_are_stopped_at_the_eighth(world: World) -> None:
    flow = await world.flow(
        {"id": "again", "action": "workflow.run", "with": {"workflow": "{{run.workflow}}"}}
    )
    await world.run(flow)
    runs = await world.runs(flow, 10)
    assert [run["depth"] for run in runs] == list(range(10))
    assert (runs[-1]["status"], runs[-1]["reason"]) == ("stopped", "loop")
