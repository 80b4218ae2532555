"""One load for many: which load whom gets."""

import asyncio

import pytest

from app.core.shared_loads import SharedLoads


class Source:
    """Answers what it held when the load began, once it is let go."""

    def __init__(self) -> None:
        self.value, self.began = 0, 0
        self.gate = asyncio.Event()

    async def load(self, key: str) -> tuple[str, int]:
        self.began += 1
        held = self.value
        await self.gate.wait()
        return key, held


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_many_that_join_share_one_load() -> None:
    source = Source()
    loads = SharedLoads(source.load)
    waiting = [asyncio.create_task(loads.join("a")) for _ in range(50)]
    await _settle()
    source.gate.set()
    assert set(await asyncio.gather(*waiting)) == {("a", 0)}
    assert source.began == 1


async def test_whoever_renews_gets_a_load_that_began_afterwards() -> None:
    source = Source()
    loads = SharedLoads(source.load)
    old = asyncio.create_task(loads.join("a"))
    await _settle()
    source.value = 1
    renewed = [asyncio.create_task(loads.renew("a")) for _ in range(50)]
    await _settle()
    source.gate.set()
    assert await old == ("a", 0)
    assert set(await asyncio.gather(*renewed)) == {("a", 1)}
    assert source.began == 2


async def test_a_load_that_has_just_ended_is_not_taken_for_a_new_one() -> None:
    """Also in the turn of the loop in which it ended."""
    source = Source()
    source.gate.set()
    loads = SharedLoads(source.load)
    seen: list[tuple[str, int]] = []

    async def first() -> None:
        await loads.join("a")
        source.value = 1
        seen.append(await loads.renew("a"))

    await asyncio.gather(first(), loads.join("a"))
    assert seen == [("a", 1)]


async def test_a_failure_is_told_to_all_and_then_forgotten() -> None:
    fails = True

    async def load(key: str) -> str:
        await asyncio.sleep(0)
        if fails:
            raise ConnectionError(key)
        return key

    loads = SharedLoads(load)
    for ask in (loads.join, loads.renew):
        found = await asyncio.gather(*(ask("a") for _ in range(3)), return_exceptions=True)
        assert [type(each) for each in found] == [ConnectionError] * 3
    fails = False
    assert await loads.renew("a") == "a"


async def test_a_waiter_that_goes_away_leaves_the_load_to_the_others() -> None:
    source = Source()
    loads = SharedLoads(source.load)
    gone, staying = (asyncio.create_task(loads.join("a")) for _ in range(2))
    await _settle()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    source.gate.set()
    assert await staying == ("a", 0)


async def test_nobody_joins_a_load_that_was_forgotten() -> None:
    source = Source()
    loads = SharedLoads(source.load)
    old = asyncio.create_task(loads.join("a"))
    await _settle()
    source.value = 1
    loads.forget()
    new = asyncio.create_task(loads.join("a"))
    await _settle()
    source.gate.set()
    assert (await old, await new) == (("a", 0), ("a", 1))
