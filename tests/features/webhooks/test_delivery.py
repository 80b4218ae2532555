"""Events on their way to a receiver that checks them with the public library alone."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from standardwebhooks import WebhookVerificationError

from tests.features.webhooks.conftest import World
from tests.features.webhooks.receiver import Received
from tests.waiting import until


def path_of(hook: dict[str, Any]) -> str:
    return str(urlsplit(hook["url"]).path[1:])


async def came(world: World, hook: dict[str, Any], count: int = 1) -> list[Received]:
    return await world.receiver.wait(path_of(hook), count)


async def deliveries(world: World, hook: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    page = await world.get(f"webhooks/{hook['id']}/deliveries{query}")
    found: list[dict[str, Any]] = page["data"]
    return found


async def settled(world: World, hook: dict[str, Any], status: str, count: int = 1) -> list[Any]:
    """The deliveries of a status, once there are so many."""

    async def enough() -> list[Any]:
        found = await deliveries(world, hook, f"?status={status}")
        return found if len(found) >= count else []

    found: list[Any] = await until(enough, every=0.05)
    return found


async def test_a_change_arrives_signed_and_says_what_happened(world: World) -> None:
    hook = await world.hook()
    order = await world.write(name="first", total="10.50")
    (got,) = await came(world, hook)
    body = got.verified(hook["secret"])
    assert body["type"] == "record.created"
    data = body["data"]
    assert got.id == data["id"] == f"evt_{world.project.id.hex}_{data['id'].split('_')[2]}"
    assert (data["collection"], data["record_id"]) == ("orders", order["id"])
    assert (data["project_id"], data["previous"]) == (str(world.project.id), None)
    assert data["record"]["name"] == "first"
    assert b'"total":10.50' in got.body
    assert data["actor"] == {"type": "admin_user", "id": world.admin.user["id"]}
    assert set(data) == {"id", "seq", "project_id", "collection", "record_id", "record",
                         "previous", "actor", "request_id"}  # fmt: skip
    (delivery,) = await settled(world, hook, "succeeded")
    assert (delivery["message_id"], delivery["attempts"]) == (got.id, 1)


async def test_updates_and_deletes_tell_of_the_record_before(world: World) -> None:
    hook = await world.hook()
    order = await world.write(name="a")
    await world.client.patch(f"{world.url}/data/orders/{order['id']}", json={"name": "b"})
    await world.client.delete(f"{world.url}/data/orders/{order['id']}")
    got = [each.verified(hook["secret"]) for each in await came(world, hook, 3)]
    by_type = {each["type"]: each["data"] for each in got}
    updated, deleted = by_type["record.updated"], by_type["record.deleted"]
    assert (updated["previous"]["name"], updated["record"]["name"]) == ("a", "b")
    assert (deleted["previous"]["name"], deleted["record"]) == ("b", None)


async def test_a_forged_body_does_not_verify(world: World) -> None:
    hook = await world.hook()
    await world.write(name="a")
    (got,) = await came(world, hook)
    forged = Received(got.path, got.headers, got.body.replace(b'"a"', b'"b"'), 0)
    with pytest.raises(WebhookVerificationError):
        forged.verified(hook["secret"])


async def test_only_what_was_asked_for_is_sent(world: World) -> None:
    paid = await world.hook(
        events=["record.updated"], collections=["orders"],
        where={"status": "paid", "not": {"status": "$old.status"}},
    )  # fmt: skip
    large = await world.hook(collections=["orders"], where={"total__gte": 100})
    people = await world.hook(collections=["customers"])
    order = await world.write(name="small", total=5)
    await world.write("customers", name="Ada")
    patch = f"{world.url}/data/orders/{order['id']}"
    await world.client.patch(patch, json={"name": "still open"})
    await world.client.patch(patch, json={"status": "paid"})
    await world.client.patch(patch, json={"name": "paid before"})
    await world.write(name="large", total=100)
    (one,) = await came(world, paid)
    assert one.json["data"]["record"]["status"] == "paid"
    assert one.json["data"]["previous"]["status"] == "open"
    (two,) = await came(world, large)
    assert two.json["data"]["record"]["name"] == "large"
    (three,) = await came(world, people)
    assert three.json["data"]["collection"] == "customers"
    await world.client.delete(patch)
    assert [len(await deliveries(world, each)) for each in (paid, large, people)] == [1, 1, 1]


async def test_an_endpoint_follows_what_is_renamed(world: World) -> None:
    hook = await world.hook(collections=["orders"], where={"name": "x"})
    await world.client.patch(f"{world.url}/collections/orders/fields/name", json={"name": "title"})
    await world.client.patch(f"{world.url}/collections/orders", json={"name": "sales"})
    await world.write("sales", title="x")
    (got,) = await came(world, hook)
    assert (got.json["data"]["collection"], got.json["data"]["record"]["title"]) == ("sales", "x")
    shown = await world.get(f"webhooks/{hook['id']}")
    assert (shown["collections"], shown["where"]) == (["sales"], {"title": "x"})
    assert shown["broken"] is None


async def test_failures_are_tried_again_with_one_id_and_one_body(world: World) -> None:
    hook = await world.hook()
    world.receiver.answers[path_of(hook)] = [500, 503]
    order = await world.write(name="before")
    await world.receiver.wait(path_of(hook), 1)
    await world.client.patch(f"{world.url}/data/orders/{order['id']}", json={"name": "after"})
    got = [each for each in await came(world, hook, 4) if each.json["type"] == "record.created"]
    assert len(got) in (2, 3)
    assert len({each.id for each in got}) == 1
    assert {each.body for each in got} == {got[0].body}
    assert got[0].json["data"]["record"]["name"] == "before"
    assert got[1].at - got[0].at >= 0.2
    assert len(await settled(world, hook, "succeeded", 2)) == 2


async def test_a_delivery_keeps_a_log_of_its_attempts(world: World) -> None:
    hook = await world.hook()
    world.receiver.answers[path_of(hook)] = [500]
    await world.write(name="a")
    (delivery,) = await settled(world, hook, "succeeded")
    detail = await world.get(f"webhooks/{hook['id']}/deliveries/{delivery['id']}")
    assert [each["response_status"] for each in detail["log"]] == [500, 200]
    assert [each["response_body"] for each in detail["log"]] == ["done", "done"]
    assert detail["log"][0]["error"] == "The endpoint answered 500."
    assert detail["payload"].encode() == world.receiver.at(path_of(hook))[0].body


async def test_after_the_last_attempt_a_delivery_is_dead_and_can_be_sent_again(
    world: World,
) -> None:
    hook = await world.hook()
    world.receiver.answers[path_of(hook)] = [500] * 4
    await world.write(name="a")
    (dead,) = await settled(world, hook, "dead")
    assert (dead["attempts"], dead["next_attempt_at"]) == (4, None)
    again = await world.post(f"webhooks/{hook['id']}/redeliver", 200, {"status": "dead"})
    assert again == {"count": 1}
    (done,) = await settled(world, hook, "succeeded")
    assert (done["id"], done["attempts"]) == (dead["id"], 5)
    got = await came(world, hook, 5)
    assert len({(each.id, each.body) for each in got}) == 1


async def test_one_delivery_can_be_sent_again(world: World) -> None:
    hook = await world.hook()
    order = await world.write(name="a")
    (done,) = await settled(world, hook, "succeeded")
    await world.client.patch(f"{world.url}/data/orders/{order['id']}", json={"name": "b"})
    await came(world, hook, 2)
    path = f"webhooks/{hook['id']}/deliveries/{done['id']}/redeliver"
    assert (await world.post(path, 200))["status"] == "pending"
    got = await came(world, hook, 3)
    assert (got[2].id, got[2].body) == (got[0].id, got[0].body)


async def test_a_test_event_is_sent_and_told_of(world: World) -> None:
    hook = await world.hook(events=["record.deleted"])
    queued = await world.post(f"webhooks/{hook['id']}/test", 201)
    (got,) = await came(world, hook)
    body = got.verified(hook["secret"])
    assert (body["type"], body["data"]["webhook_id"]) == ("webhook.test", hook["id"])
    (done,) = await settled(world, hook, "succeeded")
    assert (done["id"], done["type"]) == (queued["id"], "webhook.test")


async def test_while_rotating_both_secrets_sign(world: World) -> None:
    hook = await world.hook()
    rotated = await world.post(f"webhooks/{hook['id']}/rotate", 200)
    assert rotated["secret"] != hook["secret"]
    await world.write(name="a")
    (got,) = await came(world, hook)
    assert got.verified(hook["secret"]) == got.verified(rotated["secret"])
    await world.app.services.database.owner.execute(
        "UPDATE backendify.webhook_endpoints SET former_until = now() - interval '1 s'"
    )
    await world.write(name="b")
    later = (await came(world, hook, 2))[1]
    later.verified(rotated["secret"])
    with pytest.raises(WebhookVerificationError):
        later.verified(hook["secret"])


async def test_an_endpoint_sees_with_the_eyes_it_runs_as(world: World) -> None:
    await world.post("roles", 201, {"name": "clerk"})
    policy = {"name": "clerks", "collection": "orders", "actions": ["read", "list"],
              "principals": ["role:clerk"], "where": {"status": "open"},
              "fields": ["name", "status"]}  # fmt: skip
    await world.post("policies", 201, policy)
    hook = await world.hook(run_as="role:clerk")
    nobody = await world.hook(run_as="anonymous")
    shown = await world.write(name="seen", secret_note="CNRY", total=7)
    await world.write(name="unseen", status="paid", secret_note="CNRY")
    await world.client.patch(
        f"{world.url}/data/orders/{shown['id']}", json={"secret_note": "CNRY-2"}
    )
    (got,) = await came(world, hook)
    record = got.json["data"]["record"]
    assert (record["name"], "secret_note" in record, "total" in record) == ("seen", False, False)
    assert got.json["data"]["actor"] is None
    assert len(await settled(world, hook, "skipped", 2)) == 2
    assert len(await settled(world, nobody, "skipped", 3)) == 3
    assert not any(b"CNRY" in each.body for each in await came(world, hook))
    assert world.receiver.at(path_of(nobody)) == []


async def test_gone_disables_the_endpoint(world: World) -> None:
    hook = await world.hook()
    world.receiver.answers[path_of(hook)] = [410]
    await world.write(name="a")
    (dead,) = await settled(world, hook, "dead")
    assert dead["response_status"] == 410
    shown = await world.get(f"webhooks/{hook['id']}")
    assert (shown["enabled"], "410" in shown["disabled_reason"]) == (False, True)
    other = await world.hook()
    await world.write(name="b")
    await came(world, other)
    path = f"{world.url}/webhooks/{hook['id']}"
    answer = await world.client.patch(path, json={"enabled": True})
    assert (answer.json()["enabled"], answer.json()["disabled_reason"]) == (True, None)
    await world.write(name="c")
    got = await came(world, hook, 2)
    assert [each.json["data"]["record"]["name"] for each in got] == ["a", "c"]


async def test_events_start_in_the_order_of_the_log(world: World) -> None:
    hook = await world.hook()
    body = [{"name": str(number)} for number in range(200)]
    await world.post("data/orders", 201, body)
    got = await came(world, hook, 200)
    await settled(world, hook, "succeeded", 50)
    seqs = [each.json["data"]["seq"] for each in got]
    assert sorted(seqs) == list(range(1, 201))
    assert all(abs(seq - 1 - place) < 64 for place, seq in enumerate(seqs))


async def test_the_events_of_one_record_arrive_one_after_the_other(world: World) -> None:
    hook = await world.hook()
    order = await world.write(name="0")
    for number in range(1, 30):
        path = f"{world.url}/data/orders/{order['id']}"
        await world.client.patch(path, json={"name": str(number)})
    got = await came(world, hook, 30)
    assert [each.json["data"]["record"]["name"] for each in got] == [str(n) for n in range(30)]
