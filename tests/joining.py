"""Every single write goes out with others, as under load."""

from typing import Any

import pytest

from app.engine.query import coalescing, joined_writes


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """None goes out by itself at once; how many writes each joined statement did."""
    done: list[int] = []
    original = joined_writes._Writes.do

    async def counted(group: Any) -> Any:
        done.append(len(group.items))
        return await original(group)

    monkeypatch.setattr(joined_writes.JoinedWrites, "most_in_flight", 0)
    monkeypatch.setattr(coalescing, "LONE_GROUPS", 1_000_000)
    monkeypatch.setattr(joined_writes, "LONGEST_WAIT_SECONDS", 0.1)
    monkeypatch.setattr(joined_writes._Writes, "do", counted)
    return done
