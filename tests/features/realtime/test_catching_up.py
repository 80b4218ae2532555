"""Listeners who were away for longer than memory reaches."""

import pytest

from app.engine.changes import tail
from tests.conftest import Admin
from tests.features.policies.world import World
from tests.features.realtime.listening import streaming


@pytest.mark.parametrize("window", [2_000, 3])
async def test_more_than_a_queue_holds_is_caught_up_with_as_it_is_taken(
    base: str, world: World, admin: Admin, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    monkeypatch.setattr(tail, "WINDOW_EVENTS", window)
    monkeypatch.setattr(tail, "BATCH", 7)
    url, headers = f"{world.project.url}/realtime", admin.headers
    async with streaming(base, url, headers, collection="tags") as first:
        names = [str(number) for number in range(60)]
        answer = await world.admin.post(f"{world.data}/tags", json=[{"name": n} for n in names])
        assert answer.status_code == 201, answer.text
        for _ in names:  # all of it has been read before the other comes
            await first.next()
        monkeypatch.setattr(world.app.services, "settings", short_queues(world))
        async with streaming(base, url, headers, collection="tags", since=0) as late:
            heard = [(await late.next()).data["record"]["name"] for _ in names]
            await late.quiet()

    assert heard == names


def short_queues(world: World) -> object:
    """Queues of ten events."""
    return world.app.services.settings.model_copy(update={"realtime_queue_events": 10})
