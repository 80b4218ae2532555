"""The checker finds what it is there for: a history that is well, and each way to spoil it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.chaos.checker import check
from benchmarks.chaos.evidence import Change, Evidence
from benchmarks.chaos.history import Op, Result
from benchmarks.chaos.listeners import Heard
from benchmarks.chaos.world import TOTAL

PROJECT = "0" * 32


class Tables:
    """Applies writes to tables and their log, as the product should."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {
            name: {} for name in ("entries", "cells", "accounts", "lines")
        }
        self.log: list[Change] = []

    def create(self, collection: str, record: str, **values: Any) -> None:
        self.rows[collection][record] = {"id": record, "_version": 1} | values
        self._append(collection, record, "created", None, {"id": record} | values)

    def update(self, collection: str, record: str, **values: Any) -> None:
        row = self.rows[collection][record]
        before = {key: value for key, value in row.items() if key != "_version"}
        row |= values | {"_version": row["_version"] + 1}
        self._append(collection, record, "updated", before, before | values)

    def delete(self, collection: str, record: str) -> None:
        row = self.rows[collection].pop(record)
        del row["_version"]
        self._append(collection, record, "deleted", row, None)

    def _append(self, collection: str, record: str, action: str, before: Any, after: Any) -> None:
        n = len(self.log) + 1
        self.log.append(Change(n, n, collection, record, action, "r", before, after))


def op(kind: str, id: str, result: Result = "ok", **detail: Any) -> Op:
    return Op(kind, id, 0, 0.0, 1.0, result, 0, detail)


def good() -> Evidence:
    """What a faultless run leaves behind, with one write of each kind."""
    tables = Tables()
    tables.create("cells", "c", value="", hits=0, last="")
    tables.create("accounts", "a", balance=TOTAL, last="")
    tables.create("accounts", "b", balance=0, last="")
    tables.create("entries", "e1", mark="s1")
    tables.create("entries", "e2", mark="b1.0")
    tables.create("entries", "e3", mark="b1.1")
    tables.update("cells", "c", value="w1")
    tables.update("cells", "c", hits=1, last="k1")
    tables.update("accounts", "a", balance=TOTAL - 5, last="t1")
    tables.update("accounts", "b", balance=5, last="t1")
    tables.delete("entries", "e1")
    for change in list(tables.log):
        tables.create("lines", f"l{change.n}", event=f"evt_{PROJECT}_{change.n}")
    ops = [
        op("single", "s1"),
        op("single", "s2", "unknown"),
        op("bulk", "b1", rows=2),
        op("bulk", "b2", "unknown", rows=2),
        op("cas", "w1", cell="c", version=1, value=""),
        op("cas", "w2", "fail", cell="c", version=1, value=""),
        op("keyed_add", "k1", cell="c"),
        op("transfer", "t1"),
        op("delete", "d1", record="e1"),
    ]
    return _evidence(ops, tables)


def _evidence(ops: list[Op], tables: Tables) -> Evidence:
    ids = [f"evt_{PROJECT}_{change.n}" for change in tables.log]
    heard = [
        Heard(id, c.n, c.record, f"record.{c.action}", b"x")
        for id, c in zip(ids, tables.log, strict=True)
    ]
    watched = [id for id, c in zip(ids, tables.log, strict=True) if c.collection != "lines"]
    return Evidence(
        ops=ops,
        log=tables.log,
        rows=tables.rows,
        exported=frozenset(tables.rows["entries"]),
        hooks=[*heard, heard[0]],  # at least once
        streamed=heard,
        resyncs=0,
        polled=[{"seq": c.seq, "n": c.n, "record_id": c.record} for c in tables.log],
        runs=[(id, "succeeded") for id in watched],
        steps={"succeeded": 2 * len(watched)},
        deliveries=[(id, "succeeded", 1) for id in ids],
        leases=0,
        project=PROJECT,
        watched=frozenset({"entries", "cells", "accounts"}),
    )


def more_ops(*ops: Op) -> Callable[[Evidence], Evidence]:
    return lambda evidence: replace(evidence, ops=[*evidence.ops, *ops])


def without(name: str, index: int) -> Callable[[Evidence], Evidence]:
    def spoil(evidence: Evidence) -> Evidence:
        held = list(getattr(evidence, name))
        del held[index]
        changed: dict[str, Any] = {name: held}
        return replace(evidence, **changed)

    return spoil


def twice(name: str) -> Callable[[Evidence], Evidence]:
    def spoil(evidence: Evidence) -> Evidence:
        held = getattr(evidence, name)
        changed: dict[str, Any] = {name: [*held, held[-1]]}
        return replace(evidence, **changed)

    return spoil


def with_row(collection: str, record: str, **values: Any) -> Callable[[Evidence], Evidence]:
    def spoil(evidence: Evidence) -> Evidence:
        evidence.rows[collection][record].update(values)
        return evidence

    return spoil


def all_refused(evidence: Evidence) -> Evidence:
    return replace(evidence, ops=[replace(op, result="fail") for op in evidence.ops])


def swapped(evidence: Evidence) -> Evidence:
    """Two changes of one record numbered against their order."""
    log = list(evidence.log)
    log[6], log[7] = replace(log[6], seq=8), replace(log[7], seq=7)
    return replace(evidence, log=log)


def other_body(evidence: Evidence) -> Evidence:
    return replace(evidence, hooks=[*evidence.hooks, replace(evidence.hooks[0], body=b"y")])


def test_a_faultless_history_passes() -> None:
    assert check(good()) == []


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (more_ops(op("single", "lost")), "creates"),
        (more_ops(op("single", "s1", "fail")), "creates"),
        (more_ops(op("bulk", "b1", "unknown", rows=3)), "creates"),
        (without("ops", 0), "creates"),
        (more_ops(op("delete", "d2", record="e2")), "deletes"),
        (without("ops", -1), "deletes"),
        (more_ops(op("cas", "w3", cell="c", version=1, value="")), "conditional_writes"),
        (all_refused, "conditional_writes"),
        (more_ops(op("keyed_add", "k2", cell="c")), "additions"),
        (with_row("cells", "c", hits=2), "additions"),
        (more_ops(op("transfer", "t2")), "transfers"),
        (with_row("accounts", "a", balance=TOTAL), "transfers"),
        (with_row("entries", "e2", mark="other"), "tables"),
        (with_row("cells", "c", _version=2), "tables"),
        (lambda e: replace(e, exported=frozenset()), "tables"),
        (without("log", 1), "numbers"),
        (swapped, "numbers"),
        (without("hooks", 3), "webhook"),
        (other_body, "webhook"),
        (without("deliveries", 0), "webhook"),
        (without("streamed", 3), "stream"),
        (twice("streamed"), "stream"),
        (lambda e: replace(e, resyncs=1), "stream"),
        (without("polled", 3), "feed"),
        (twice("polled"), "feed"),
        (without("runs", 0), "workflow"),
        (twice("runs"), "workflow"),
        (lambda e: replace(e, runs=[(e.runs[0][0], "running"), *e.runs[1:]]), "workflow"),
        (with_row("lines", "l1", event=f"evt_{PROJECT}_2"), "workflow"),
        (lambda e: replace(e, steps={"running": 1}), "stuck"),
        (lambda e: replace(e, leases=1), "stuck"),
    ],
)  # fmt: skip
def test_each_way_to_be_wrong_is_found(spoil: Callable[[Evidence], Evidence], named: str) -> None:
    found = check(spoil(good()))
    assert [said for said in found if said.startswith(f"{named}:")], found
