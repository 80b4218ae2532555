"""What the documents promise in seconds: where no notification arrives, these are what holds it."""

import pytest

from app.engine.catalog import cache
from app.engine.identity import callers, origins
from app.features.realtime import channels, hub


@pytest.mark.parametrize(
    ("promised", "looked_again"),
    [
        (5.0, callers.ENTRY_SECONDS),
        (5.0, origins.HELD_SECONDS),
        (5.0, hub.CHECK_SECONDS),
        (5.0, channels.RECHECK_SECONDS),
        (2.0, cache.SWEEP_SECONDS),
    ],
)
def test_a_process_looks_again_in_time(promised: float, looked_again: float) -> None:
    assert looked_again <= promised
