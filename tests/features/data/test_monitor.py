"""A late log is seen in the metrics and the probes of every process, and takes none away."""

import asyncio
import re
from functools import partial

import httpx
import pytest

from app.core.db import Database
from app.engine.changes.fan_out import follow
from app.engine.changes.relay import backlog, number
from app.features.data import monitor as monitoring
from app.features.data.monitor import LogMonitor
from tests.conftest import TestProject
from tests.engine.changes.test_lag import append
from tests.features.data.shop import Shop
from tests.waiting import until

SLOW = 25.0


def gauge(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is not among the metrics"
    return float(found.group(1))


async def test_a_log_nobody_relays_degrades_the_probes_and_takes_nobody_out(
    shop: Shop, client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a worker that is gone: somebody else holds the project's counter."""
    monkeypatch.setattr(monitoring, "LOOK_SECONDS", 0.2)
    schema = f'"p_{shop.project.id.hex}"'

    async def has_status(status: str) -> bool:
        answer = await client.get("/readyz")
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["status"] == status)

    async def is_late() -> bool:
        checks = (await client.get("/readyz")).json()["checks"]
        assert checks["database"] == "ok"
        return bool(checks["log"] == "behind by more than a minute: relay")

    async with database.owner.acquire() as connection, asyncio.timeout(SLOW):
        async with connection.transaction():
            await connection.execute(f"SELECT last FROM {schema}._relay FOR UPDATE")
            await shop.create("authors", name="Ann")
            late = f"UPDATE {schema}._changes SET at = at - interval '2 minutes'"
            await database.owner.execute(late)
            await until(is_late)
            assert await has_status("degraded")
            text = (await client.get("/metrics")).text
            assert gauge(text, "backendify_log_backlog") >= 1
            assert gauge(text, "backendify_log_lag_seconds") > 100
            assert str(shop.project.id) not in text
        await until(partial(has_status, "ok"))


async def test_a_reader_that_is_behind_is_named(project: TestProject, database: Database) -> None:
    monitor = LogMonitor(database, {"slow"})
    await follow(database.owner, database, project.id, "slow")
    await append(database, project, 4, age="5 minutes")
    while await backlog(database, project.id):
        await number(database, project.id)
    await monitor.look([project.id])

    found = {metric.name: metric.samples for metric in monitor.collect()}
    (sample,) = found["backendify_log_reader_backlog"]
    assert (sample.labels, sample.value) == ({"reader": "slow"}, 4)
    assert monitor.late() == "behind by more than a minute: slow"
    move = "UPDATE backendify.log_cursors SET seq = 4 WHERE project_id = $1"
    await database.owner.execute(move, project.id)
    await monitor.look([project.id])
    assert monitor.late() is None


async def test_a_project_that_is_gone_is_measured_no_more(shop: Shop, database: Database) -> None:
    monitor = LogMonitor(database, {"slow"})
    await append(database, shop.project, 1, age="5 minutes")
    await monitor.look([shop.project.id])
    await shop.client.delete(f"{shop.project.url}?confirm={shop.project.slug}")
    await monitor.look([shop.project.id])
    assert monitor.late() is None
