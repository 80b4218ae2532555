"""Making, changing and seeing webhook endpoints, and who may."""

from typing import Any
from uuid import uuid4

import pytest

from tests.features.webhooks.conftest import World
from tests.people import invited

PUBLIC = "https://hooks.example.com/x"


async def test_the_secret_is_shown_once_and_never_kept_in_the_clear(world: World) -> None:
    hook = await world.hook()
    assert hook["secret"].startswith("whsec_")
    shown = [await world.get(f"webhooks/{hook['id']}"), *(await world.get("webhooks"))["data"]]
    assert not any("secret" in each for each in shown)
    owner = world.app.services.database.owner
    rows = await owner.fetch("SELECT e::text FROM backendify.webhook_endpoints e")
    assert not any(hook["secret"].removeprefix("whsec_") in row[0] for row in rows)


async def test_an_endpoint_is_read_changed_and_deleted(world: World) -> None:
    hook = await world.hook(collections=["orders"], where={"total__gt": 1}, description="mine")
    path = f"{world.url}/webhooks/{hook['id']}"
    shown = (await world.client.get(path)).json()
    assert shown["where"] == {"total__gt": 1}
    assert (shown["collections"], shown["run_as"]) == (["orders"], "project")
    changed = await world.client.patch(path, json={"events": ["record.created"], "where": None})
    assert (changed.json()["events"], changed.json()["where"]) == (["record.created"], None)
    assert changed.json()["collections"] == ["orders"]
    assert (await world.client.delete(path)).status_code == 204
    assert (await world.client.get(path)).json()["code"] == "webhook_not_found"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"url": "ftp://example.com/"}, "/url"),
        ({"url": "https://user:pass@example.com/"}, "/url"),
        ({"url": "http://127.0.0.1/"}, "/url"),
        ({"url": "http://169.254.169.254/latest"}, "/url"),
        ({"url": "http://[::1]/"}, "/url"),
        ({"url": "http://[::ffff:10.0.0.1]/"}, "/url"),
        ({"events": ["record.made"]}, "/events/0"),
        ({"events": []}, "/events"),
        ({"collections": ["nope"]}, "/collections/0"),
        ({"where": {"name": "x"}}, "/where"),
        ({"collections": ["orders"], "where": {"nam": "x"}}, "/where/nam"),
        ({"collections": ["orders"], "where": {"total": "much"}}, "/where/total"),
        ({"collections": ["orders"], "where": {"customer__name": "x"}}, "/where"),
        ({"collections": ["orders"], "where": {"name": "$user.email"}}, "/where"),
        ({"collections": ["orders", "customers"], "where": {"total": 1}}, "/where/total"),
        ({"run_as": "god"}, "/run_as"),
        ({"secret": "mine"}, "/secret"),
    ],
)
async def test_what_cannot_stand_is_refused_with_its_place(
    world: World, change: dict[str, Any], pointer: str
) -> None:
    body = {"url": PUBLIC, "events": ["record.*"]}
    answer = await world.client.post(f"{world.url}/webhooks", json=body | change)
    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    hook = await world.hook(enabled=False)
    path = f"{world.url}/webhooks/{hook['id']}"
    answer = await world.client.patch(path, json=change)
    assert answer.status_code == 422, answer.text
    assert (await world.client.get(path)).json()["url"] == hook["url"]


async def test_members_look_and_only_admins_change(world: World) -> None:
    hook = await world.hook()
    await world.write(name="a", secret_note="CNRY")
    await world.receiver.wait(hook["url"].rpartition("/")[2])
    viewer = (await invited(world.app, world.client, world.url, "viewer")).client
    editor = (await invited(world.app, world.client, world.url, "editor")).client
    path = f"{world.url}/webhooks/{hook['id']}"
    for member in (viewer, editor):
        assert (await member.get(path)).status_code == 200
        (row,) = (await member.get(f"{path}/deliveries")).json()["data"]
        detail = await member.get(f"{path}/deliveries/{row['id']}")
        assert "CNRY" not in detail.text
        assert detail.json()["payload"] is None
        for method, to, body in (
            ("POST", f"{world.url}/webhooks", {"url": PUBLIC, "events": ["*"]}),
            ("PATCH", path, {"enabled": False}),
            ("DELETE", path, None),
            ("POST", f"{path}/rotate", None),
            ("POST", f"{path}/test", None),
            ("POST", f"{path}/redeliver", {}),
            ("POST", f"{path}/deliveries/{row['id']}/redeliver", None),
        ):
            answer = await member.request(method, to, json=body)
            assert answer.status_code == 403, (method, to)


async def test_what_admins_do_stands_in_the_control_log(world: World) -> None:
    hook = await world.hook()
    path = f"{world.url}/webhooks/{hook['id']}"
    await world.client.patch(path, json={"description": "x"})
    await world.client.post(f"{path}/rotate")
    await world.client.post(f"{path}/test")
    await world.client.delete(path)
    rows = await world.app.services.database.owner.fetch(
        "SELECT action, detail::text FROM backendify.control_log WHERE target = $1 ORDER BY id",
        hook["id"],
    )
    assert [row[0] for row in rows] == [
        "webhook.created", "webhook.updated", "webhook.rotated", "webhook.tested",
        "webhook.deleted",
    ]  # fmt: skip
    assert not any("whsec_" in row[1] for row in rows)


async def test_the_log_is_followed_while_there_are_endpoints(world: World) -> None:
    async def followed() -> int:
        text = "SELECT count(*) FROM backendify.log_cursors WHERE project_id = $1 AND reader = $2"
        owner = world.app.services.database.owner
        return int(await owner.fetchval(text, world.project.id, "webhooks"))

    assert await followed() == 0
    first, second = await world.hook(), await world.hook()
    assert await followed() == 1
    await world.client.delete(f"{world.url}/webhooks/{first['id']}")
    assert await followed() == 1
    await world.client.delete(f"{world.url}/webhooks/{second['id']}")
    assert await followed() == 0


async def test_deliveries_come_in_pages(world: World) -> None:
    hook = await world.hook()
    await world.post("data/orders", 201, [{"name": str(n)} for n in range(7)])
    await world.receiver.wait(hook["url"].rpartition("/")[2], 7)
    seen: list[str] = []
    cursor = ""
    for expected in (3, 3, 1):
        page = await world.get(f"webhooks/{hook['id']}/deliveries?limit=3{cursor}")
        assert len(page["data"]) == expected
        seen += [each["id"] for each in page["data"]]
        cursor = f"&cursor={page['page']['next_cursor']}"
    assert (page["page"]["has_more"], page["page"]["next_cursor"]) == (False, None)
    assert len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)


async def test_a_condition_on_a_field_that_is_gone_lets_nothing_through(world: World) -> None:
    hook = await world.hook(collections=["orders"], where={"secret_note": "x"})
    path = f"{world.url}/collections/orders/fields/secret_note"
    refused = await world.client.delete(path)
    await world.client.delete(f"{path}?confirm={refused.json()['plan_hash']}")
    shown = await world.get(f"webhooks/{hook['id']}")
    assert "gone" in shown["broken"]
    other = await world.hook()
    await world.write(name="a")
    await world.receiver.wait(other["url"].rpartition("/")[2])
    assert (await world.get(f"webhooks/{hook['id']}/deliveries"))["data"] == []


async def test_an_endpoint_of_another_project_is_none(world: World) -> None:
    hook = await world.hook()
    slug = f"p-{uuid4().hex[:12]}"
    await world.client.post("/api/projects", json={"name": slug, "slug": slug})
    for path in ("", "/deliveries"):
        answer = await world.client.get(f"/api/projects/{slug}/webhooks/{hook['id']}{path}")
        assert answer.json()["code"] == "webhook_not_found"
