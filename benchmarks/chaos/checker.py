"""Judges a history: each check answers with sentences about what must never be. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from benchmarks.chaos.evidence import Change, Evidence
from benchmarks.chaos.history import Op
from benchmarks.chaos.world import TOTAL

Sentences = Iterable[str]


def check(evidence: Evidence) -> list[str]:
    """All violations. None: the history is one that the product promises."""
    return [
        *evidence.wrong,
        *(f"{each.__name__}: {said}" for each in CHECKS for said in each(evidence)),
    ]


def creates(evidence: Evidence) -> Sentences:
    """An acknowledged create is in the log once, an unknown one at most, a refused one not."""
    made = Counter(c.after["mark"] for c in _of(evidence, "entries", "created") if c.after)
    known = set()
    for op in evidence.ops:
        if op.kind in ("single", "keyed_create"):
            known.add(op.id)
            yield from _counted(op, made[op.id], 1)
        elif op.kind == "bulk":
            marks = [f"{op.id}.{n}" for n in range(op.detail["rows"])]
            known.update(marks)
            yield from _counted(op, sum(made[mark] for mark in marks), len(marks))
    for mark, count in made.items():
        if mark not in known or count > 1:
            yield f"{mark} was created {count} times"


def deletes(evidence: Evidence) -> Sentences:
    """Who deleted what: nothing goes that nobody wanted to go, and nothing twice."""
    gone = Counter(c.record for c in _of(evidence, "entries", "deleted"))
    for op in evidence.ops:
        if op.kind == "delete":
            yield from _counted(op, gone.pop(op.detail["record"], 0), 1)
    for record, count in gone.items():
        yield f"{record} was deleted {count} times, and by nobody"


def conditional_writes(evidence: Evidence) -> Sentences:
    """A write under ``If-Match`` found what it had read, and no two found the same."""
    written = _by(evidence, "cells", "value")
    winners: dict[tuple[str, int], str] = {}
    for op in evidence.ops:
        if op.kind != "cas":
            continue
        changes = written.pop(op.id, [])
        yield from _counted(op, len(changes), 1)
        for change in changes:
            if (change.before or {}).get("value") != op.detail["value"]:
                yield f"{op.id} overwrote {change.before}, having read {op.detail['value']!r}"
        base = (op.detail["cell"], op.detail["version"])
        if op.result == "ok" and winners.setdefault(base, op.id) != op.id:
            yield f"{op.id} and {winners[base]} both replaced version {base[1]} of {base[0]}"
    yield from (f"{value} was written by nobody" for value in written)


def additions(evidence: Evidence) -> Sentences:
    """``$inc`` under an ``Idempotency-Key`` adds once, however often it was asked for."""
    added = _by(evidence, "cells", "last")
    hits: Counter[str] = Counter()
    for op in evidence.ops:
        if op.kind == "keyed_add":
            changes = added.pop(op.id, [])
            hits[op.detail["cell"]] += len(changes)
            yield from _counted(op, len(changes), 1)
    for record, row in evidence.rows["cells"].items():
        if row["hits"] != hits[record]:
            yield f"cell {record} counts {row['hits']}, {hits[record]} were logged"


def transfers(evidence: Evidence) -> Sentences:
    """Both halves of a batch or none, in one request; the sum stays."""
    moved = _by(evidence, "accounts", "last")
    for op in evidence.ops:
        if op.kind == "transfer":
            changes = moved.pop(op.id, [])
            yield from _counted(op, len(changes), 2)
            if len({change.request for change in changes}) > 1:
                yield f"{op.id} stands in the log under several requests"
    found = sum(row["balance"] for row in evidence.rows["accounts"].values())
    if found != TOTAL:
        yield f"the accounts hold {found}, not {TOTAL}"


def tables(evidence: Evidence) -> Sentences:
    """The log, applied change by change, gives the tables; each change begins where the last
    one of its record ended; versions count the changes."""
    for name, rows in evidence.rows.items():
        records: dict[str, list[Change]] = defaultdict(list)
        for change in evidence.log:
            if change.collection == name:
                records[change.record].append(change)
        for record, changes in records.items():
            yield from _chain(record, changes)
            yield from _end(record, changes, rows.get(record))
        yield from (f"{name} {record} is in no log" for record in rows.keys() - records.keys())
    if evidence.exported != evidence.rows["entries"].keys():
        yield f"the export differs in {len(evidence.exported ^ evidence.rows['entries'].keys())}"


def numbers(evidence: Evidence) -> Sentences:
    """``seq`` is dense, and for one record in the order of ``n``."""
    numbered = sorted(c.seq for c in evidence.log if c.seq is not None)
    if len(numbered) < len(evidence.log):
        yield f"{len(evidence.log) - len(numbered)} changes have no seq"
    if numbered != list(range(1, len(numbered) + 1)):
        yield f"seq has gaps or twins: {len(numbered)} numbers up to {numbered[-1]}"
    last: dict[str, int] = {}
    for change in evidence.log:
        if change.seq is not None:
            if change.seq < last.get(change.record, 0):
                yield f"{change.record}: n {change.n} has seq {change.seq}, before an older change"
            last[change.record] = change.seq


def webhook(evidence: Evidence) -> Sentences:
    """Every change arrived, under one id and with one body."""
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for heard in evidence.hooks:
        bodies[heard.id].add(heard.body)
    yield from (f"{id} came with {len(b)} bodies" for id, b in bodies.items() if len(b) > 1)
    told = {(each.id, each.seq, each.record, each.action) for each in evidence.hooks}
    yield from _differ("webhook", told, _expected(evidence))
    states = Counter(status for _, status, _ in evidence.deliveries)
    if states != {"succeeded": len(evidence.log)}:
        yield f"deliveries of {len(evidence.log)} changes: {dict(states)}"


def stream(evidence: Evidence) -> Sentences:
    """Whoever resumes hears all in the order of the log, without a gap, each once."""
    if evidence.resyncs:
        yield f"{evidence.resyncs} times resync, though the log reaches back"
    for former, heard in pairwise([0, *(each.seq for each in evidence.streamed)]):
        if heard != former + 1:
            yield f"seq {heard} came after {former}"
    told = {(each.id, each.seq, each.record, each.action) for each in evidence.streamed}
    yield from _differ("stream", told, _expected(evidence))


def feed(evidence: Evidence) -> Sentences:
    """Whoever polls gets all in the order of the log, each once."""
    told = [(each["seq"], each["n"], each["record_id"]) for each in evidence.polled]
    expected = sorted((c.seq or 0, c.n, c.record) for c in evidence.log)
    if told != expected:
        yield f"{len(told)} changes polled ({len(set(told))} different) of {len(expected)}"


def workflow(evidence: Evidence) -> Sentences:
    """Each event started one run, which succeeded and wrote one line."""
    events = {evidence.event_id(c) for c in evidence.log if c.collection in evidence.watched}
    runs = Counter(key for key, _ in evidence.runs)
    yield from _differ("runs", set(runs), events)
    yield from (f"{key} started {count} runs" for key, count in runs.items() if count > 1)
    yield from (f"the run of {key} is {s}" for key, s in evidence.runs if s != "succeeded")
    lines = Counter(row["event"] for row in evidence.rows["lines"].values())
    yield from _differ("lines", set(lines), events)
    yield from (f"{key} wrote {count} lines" for key, count in lines.items() if count > 1)


def stuck(evidence: Evidence) -> Sentences:
    """No step is under way, and no run is held, when there is nothing to do."""
    wrong = {status: count for status, count in evidence.steps.items() if status != "succeeded"}
    if wrong:
        yield f"steps are {wrong}"
    if evidence.leases:
        yield f"{evidence.leases} runs are still leased"


CHECKS: tuple[Callable[[Evidence], Sentences], ...] = (
    creates, deletes, conditional_writes, additions, transfers, tables, numbers,
    webhook, stream, feed, workflow, stuck,
)  # fmt: skip


def _counted(op: Op, found: int, whole: int) -> Sentences:
    """Whole where acknowledged, nothing where refused, one of the two where unknown."""
    allowed = {"ok": (whole,), "fail": (0,), "unknown": (0, whole)}[op.result]
    if found not in allowed:
        yield f"{op.id} ({op.result}, {op.status}) is there {found} of {whole} times"


def _chain(record: str, changes: list[Change]) -> Sentences:
    for former, change in pairwise(changes):
        if former.after != change.before:
            yield f"{record}: n {change.n} does not begin where n {former.n} ended"
    if changes[0].action != "created" or changes[0].before is not None:
        yield f"{record} begins with {changes[0].action}"


def _end(record: str, changes: list[Change], row: dict[str, Any] | None) -> Sentences:
    after = changes[-1].after
    if row is None or after is None:
        if row is not None or after is not None:
            yield f"{record} is {row} in its table and {after} in the log"
        return
    if {key: row.get(key) for key in after} != after:
        yield f"{record} is {row} in its table and {after} in the log"
    if row["_version"] != len(changes):
        yield f"{record} has version {row['_version']} after {len(changes)} changes"


def _of(evidence: Evidence, collection: str, action: str) -> Iterable[Change]:
    return (c for c in evidence.log if c.collection == collection and c.action == action)


def _by(evidence: Evidence, collection: str, field: str) -> dict[str, list[Change]]:
    """The updates that wrote a field, by what they wrote."""
    found: dict[str, list[Change]] = defaultdict(list)
    for change in _of(evidence, collection, "updated"):
        before, after = change.before or {}, change.after or {}
        if before.get(field) != after.get(field):
            found[after[field]].append(change)
    return found


def _expected(evidence: Evidence) -> set[tuple[str, int, str, str]]:
    return {
        (evidence.event_id(c), c.seq or 0, c.record, f"record.{c.action}") for c in evidence.log
    }


def _differ(what: str, told: set[Any], expected: set[Any]) -> Sentences:
    if missing := expected - told:
        yield f"{what}: {len(missing)} of {len(expected)} missing, as {min(missing)}"
    if strange := told - expected:
        yield f"{what}: {len(strange)} that are none, as {min(strange)}"
