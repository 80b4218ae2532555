"""The data actions: the rights of the run's caller, and every write once."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from app.api.services import Services
from app.core.action import Action
from app.core.errors import BackendifyError
from app.engine.query.compile_idempotency import delete_old_keys
from app.features.data.actions import ACTIONS
from tests.features.data.shop import Shop, fill
from tests.features.workflows.running import context_for, run_action

BY_NAME = {action.name: action for action in ACTIONS}
CREATE, UPDATE, DELETE = (BY_NAME[f"data.{name}"] for name in ("create", "update", "delete"))
LIST, GET = BY_NAME["data.list"], BY_NAME["data.get"]


@pytest.fixture
def services(app: Any) -> Services:
    services: Services = app.services
    return services


async def run(services: Services, shop: Shop, action: Action, **given: Any) -> Any:
    return await run_action(action, await context_for(services, shop.project.id), **given)


async def test_records_are_found_as_a_list_finds_them(services: Services, shop: Shop) -> None:
    made = await fill(shop)

    found = await run(
        services, shop, LIST, collection="books", where={"author": made["ann"]["id"]},
        sort=["-pages"], fields=["title", "price"], limit=1,
    )  # fmt: skip

    assert found["has_more"] is True
    [record] = found["data"]
    assert (record["title"], record["price"]) == ("Beta", Decimal("19.50"))
    assert "pages" not in record


async def test_a_null_that_was_filled_in_finds_nothing(services: Services, shop: Shop) -> None:
    await fill(shop)

    someone = str(uuid4())
    for where in (
        {"author": None},
        {"author__neq": None},
        {"not": {"author": None}},
        {"author__in": [None]},
        {"author": None, "author__in": [someone]},
        {"author": {"country": None}},
        {"or": [{"summary": None}, {"meta__c": None}]},
    ):
        found = await run(services, shop, LIST, collection="books", where=where)
        assert found == {"data": [], "has_more": False}, where
    no_author = await run(services, shop, LIST, collection="books", where={"author__isnull": True})
    assert len(no_author["data"]) == 2


async def test_one_record_is_read_as_the_api_shows_it(services: Services, shop: Shop) -> None:
    book = await shop.create("books", title="Big", big=2**60, price=1.5)
    shelf = await shop.create("shelves", name="one")

    record = await run(services, shop, GET, collection="books", id=book["id"])
    assert (record["title"], record["big"], record["price"]) == ("Big", str(2**60), Decimal("1.50"))
    assert (await run(services, shop, GET, collection="shelves", id=shelf["id"]))["name"] == "one"


async def test_a_record_is_created_changed_and_deleted(services: Services, shop: Shop) -> None:
    made = await run(services, shop, CREATE, collection="authors", data={"name": "Ann"})
    given = {"collection": "authors", "id": made["id"]}
    changed = await run(services, shop, UPDATE, **given, data={"country": "DE"})
    deleted = await run(services, shop, DELETE, **given)

    assert (changed["name"], changed["country"]) == ("Ann", "DE")
    assert deleted == {"id": made["id"]}
    assert await shop.fetch("authors") == []


async def test_the_change_log_tells_the_run(services: Services, shop: Shop) -> None:
    context = await context_for(services, shop.project.id)
    made = await run_action(CREATE, context, collection="authors", data={"name": "Ann"})

    [change] = await shop.fetch(f"authors/{made['id']}/history")
    assert change["request_id"] == context.request_id
    assert change["actor"] == f"workflow:{context.run_id}"


async def test_every_attempt_of_a_step_answers_the_first_ones_write(
    services: Services, shop: Shop
) -> None:
    ann = await shop.create("authors", name="Ann")
    for action, given in (
        (CREATE, {"collection": "authors", "data": {"name": "Bob"}}),
        (UPDATE, {"collection": "authors", "id": ann["id"], "data": {"country": "DE"}}),
        (DELETE, {"collection": "authors", "id": ann["id"]}),
    ):
        key = uuid4().hex
        outputs = []
        for _ in range(3):  # each with a caller of its own, as after a restart
            context = await context_for(services, shop.project.id, key=key)
            outputs.append(await run_action(action, context, **given))
        assert outputs[0] == outputs[1] == outputs[2]
    assert [each["name"] for each in await shop.fetch("authors")] == ["Bob"]


async def test_an_attempt_whose_values_have_changed_is_the_same_step(
    services: Services, shop: Shop
) -> None:
    context = await context_for(services, shop.project.id)
    first = await run_action(CREATE, context, collection="authors", data={"name": "at 12:00"})
    again = await run_action(CREATE, context, collection="authors", data={"name": "at 12:01"})

    assert again == first


async def test_twins_of_one_step_write_once(services: Services, shop: Shop) -> None:
    context = await context_for(services, shop.project.id)
    outputs = await asyncio.gather(
        *(
            run_action(CREATE, context, collection="authors", data={"name": "Ann"})
            for _ in range(10)
        )
    )

    assert len({each["id"] for each in outputs}) == 1
    assert len(await shop.fetch("authors")) == 1


async def test_a_write_is_known_for_longer_than_a_requests_key(
    services: Services, shop: Shop
) -> None:
    context = await context_for(services, shop.project.id)
    first = await run_action(CREATE, context, collection="authors", data={"name": "Ann"})
    schema = context.caller.project.schema
    pools = await services.database.placement(shop.project.id)
    aged = f"UPDATE {schema}._idempotency SET created_at = created_at - interval '29 days'"
    await pools.owner.execute(aged)
    await pools.data.execute(delete_old_keys(schema), 100)

    assert await run_action(CREATE, context, collection="authors", data={}) == first
    await pools.owner.execute(aged.replace("29 days", "2 days"))
    await pools.data.execute(delete_old_keys(schema), 100)
    assert await pools.owner.fetchval(f"SELECT count(*) FROM {schema}._idempotency") == 0


async def test_a_write_that_was_refused_leaves_no_key(services: Services, shop: Shop) -> None:
    context = await context_for(services, shop.project.id)
    for _ in range(2):
        with pytest.raises(BackendifyError) as caught:
            await run_action(CREATE, context, collection="authors", data={"nam": "Ann"})
        assert (caught.value.status, caught.value.code) == (422, "validation_failed")

    made = await run_action(CREATE, context, collection="authors", data={"name": "Ann"})
    assert made["name"] == "Ann"


async def test_a_counter_counts_each_step_once(services: Services, shop: Shop) -> None:
    book = await shop.create("books", title="A", pages=1)
    given = {"collection": "books", "id": book["id"], "data": {"pages": {"$inc": 1}}}
    for _ in range(3):
        context = await context_for(services, shop.project.id)
        await run_action(UPDATE, context, **given)
        await run_action(UPDATE, context, **given)

    assert (await run(services, shop, GET, collection="books", id=book["id"]))["pages"] == 4


async def test_a_version_can_be_demanded(services: Services, shop: Shop) -> None:
    made = await shop.client.post(f"{shop.url}/authors", json={"name": "Ann"})
    given = {"collection": "authors", "id": made.json()["id"], "if_match": made.headers["etag"]}

    changed = await run(services, shop, UPDATE, **given, data={"country": "DE"})
    assert changed["country"] == "DE"
    with pytest.raises(BackendifyError) as caught:
        await run(services, shop, UPDATE, **given, data={"country": "FR"})
    assert caught.value.code == "version_mismatch"


@pytest.mark.parametrize(
    ("action", "given", "code"),
    [
        (LIST, {"collection": "nowhere"}, "not_found"),
        (LIST, {"collection": "books", "where": {"titel": 1}}, "query_unknown_field"),
        (LIST, {"collection": "books", "where": {"pages": "x"}}, "query_invalid_value"),
        (LIST, {"collection": "books", "sort": "1;drop"}, "request_invalid_parameter"),
        (GET, {"collection": "books", "id": "no id"}, "record_not_found"),
        (GET, {"collection": "books", "id": str(uuid4())}, "record_not_found"),
        (UPDATE, {"collection": "books", "id": str(uuid4()), "data": {}}, "record_not_found"),
        (DELETE, {"collection": "books", "id": 7}, "record_not_found"),
        (CREATE, {"collection": "books", "data": {"title": "x", "pages": 0}}, "validation_failed"),
    ],
)
async def test_what_the_routes_refuse_the_actions_refuse(
    services: Services, still_shop: Shop, action: Action, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(BackendifyError) as caught:
        await run(services, still_shop, action, **given)

    assert caught.value.code == code
    assert 400 <= caught.value.status < 500


@pytest.mark.parametrize("action", [LIST, GET, CREATE, UPDATE, DELETE])
async def test_a_run_has_no_more_rights_than_its_caller(
    services: Services, shop: Shop, action: Action
) -> None:
    ann = await shop.create("authors", name="Ann")
    given: dict[str, Any] = {"collection": "authors"}
    given |= {"id": ann["id"]} if action in (GET, UPDATE, DELETE) else {}
    given |= {"data": {"name": "Eve"}} if action in (CREATE, UPDATE) else {}
    context = await context_for(services, shop.project.id, "anonymous")

    with pytest.raises(BackendifyError) as caught:
        await run_action(action, context, **given)

    assert caught.value.status in (401, 403, 404)
    assert [each["name"] for each in await shop.fetch("authors")] == ["Ann"]


@pytest.mark.parametrize(
    ("action", "given"),
    [
        (GET, {"collection": "books", "id": None}),
        (GET, {"collection": "books", "id": True}),
        (DELETE, {"collection": "books"}),
        (LIST, {"collection": "books", "limit": 1001}),
        (LIST, {"collection": "books", "where": "{{input}}"}),
        (CREATE, {"collection": "books", "data": [{}]}),
        (CREATE, {"collection": "books", "data": {}, "more": 1}),
    ],
)
def test_parameters_have_a_shape(action: Action, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        action.params.model_validate(given)
