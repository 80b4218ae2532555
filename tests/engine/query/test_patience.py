import pytest

from app.engine.query import patience as module
from app.engine.query.execute import SchemaChangingError
from app.engine.query.patience import LEAST_RESTARTS, Patience


async def test_a_restart_that_comes_late_is_one_of_at_least_eight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Work whose one try takes a minute is not given up after the first."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(module, "_LONGEST_PAUSE_SECONDS", 0.0)
    patience = Patience()
    for _ in range(LEAST_RESTARTS):
        await patience.pause()
    with pytest.raises(SchemaChangingError):
        await patience.pause()


async def test_quick_restarts_go_on_as_long_as_the_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LONGEST_PAUSE_SECONDS", 0.0)
    patience = Patience()
    for _ in range(LEAST_RESTARTS * 10):
        await patience.pause()
