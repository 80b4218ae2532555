"""Half a minute of the long run of ``make chaos``: everything dies, and nothing may be lost."""

from pathlib import Path

from benchmarks.chaos.run import Plan, run

PLAN = Plan(seconds=25, seed=20_261, pace=(2.0, 6.0), patience=40)


async def test_nothing_is_lost_doubled_or_stuck_while_everything_dies(data: Path) -> None:
    outcome = await run(data, PLAN)
    history = data.parent / "history.jsonl"
    outcome.history.save(history)
    assert outcome.violations == [], f"{outcome.text()}\n{history}"
    results = {op.result for op in outcome.history.ops}
    assert {"ok", "unknown"} <= results
    assert {"node", "worker", "postgres", "connections"} <= outcome.strikes.keys()
