"""Batches: operations that are collected first, then done in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backendify_client.drivers import Awaiting, Awaits, Blocking, Blocks, operation
from backendify_client.errors import BackendifyError
from backendify_client.exchange import Call, Exchange
from backendify_client.shapes import Match, Names, Record, joined, matched, object_of, rows_of
from backendify_client.steps import Steps


@dataclass(frozen=True, slots=True)
class Reference:
    """A field of what an operation will have answered."""

    path: str

    def as_json(self) -> dict[str, str]:
        return {"$ref": self.path}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a batch; ``operation["id"]`` stands for a field of what it answers."""

    name: str

    def __getitem__(self, field: str) -> Reference:
        return Reference(f"{self.name}.{field}")


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation answered. ``error`` is there in batches that are not atomic."""

    status: int
    record: Record | None
    error: BackendifyError | None = None


class Operations:
    """Up to 1,000 operations, done in their order by ``run``: all or none where ``atomic``."""

    def __init__(self, exchange: Exchange, *, atomic: bool) -> None:
        self._exchange = exchange
        self._atomic = atomic
        self._operations: list[dict[str, Any]] = []

    def create(self, collection: str, data: Mapping[str, Any]) -> Operation:
        return self._add("create", collection, data=data)

    def update(
        self,
        collection: str,
        id: object,
        data: Mapping[str, Any],
        *,
        if_match: Match | None = None,
    ) -> Operation:
        return self._add("update", collection, id=id, data=data, if_match=matched(if_match))

    def update_many(
        self,
        collection: str,
        filter: Mapping[str, Any],
        data: Mapping[str, Any],
        *,
        max_affected: int,
    ) -> Operation:
        return self._add("update", collection, where=filter, data=data, max_affected=max_affected)

    def upsert(
        self, collection: str, data: Mapping[str, Any], *, on_conflict: Names = "id"
    ) -> Operation:
        return self._add("upsert", collection, data=data, on_conflict=joined(on_conflict))

    def delete(self, collection: str, id: object, *, if_match: Match | None = None) -> Operation:
        return self._add("delete", collection, id=id, if_match=matched(if_match))

    def delete_many(
        self, collection: str, filter: Mapping[str, Any], *, max_affected: int
    ) -> Operation:
        return self._add("delete", collection, where=filter, max_affected=max_affected)

    def get(self, collection: str, id: object) -> Operation:
        """The record as the batch sees it."""
        return self._add("get", collection, id=id)

    @operation
    def run(self, *, idempotency_key: str | None = None) -> Steps[list[Result]]:
        """Do it; a result for each operation. Raises BackendifyError, whose ``problem`` has the
        ``pointer`` of the operation that failed: then nothing was kept."""
        body = {"operations": self._operations, "atomic": self._atomic}
        headers = {} if idempotency_key is None else {"idempotency-key": idempotency_key}
        call = Call("POST", "/batch", json=body, headers=headers, keyed=True)
        return (yield from self._exchange.ask_for(call, _results))

    def _add(self, op: str, collection: str, **given: object) -> Operation:
        made = Operation(f"o{len(self._operations)}")
        kept = {name: value for name, value in given.items() if value is not None}
        self._operations.append({"op": op, "collection": collection, "ref": made.name, **kept})
        return made


class Batch(Operations, Blocks):
    """Operations of a blocking client."""

    def __init__(self, exchange: Exchange, driver: Blocking, *, atomic: bool) -> None:
        super().__init__(exchange, atomic=atomic)
        self.driver = driver


class AsyncBatch(Operations, Awaits):
    """Operations whose ``run`` is awaited."""

    def __init__(self, exchange: Exchange, driver: Awaiting, *, atomic: bool) -> None:
        super().__init__(exchange, atomic=atomic)
        self.driver = driver


def _results(answer: Any) -> list[Result]:
    return [_result(each) for each in rows_of(answer)]


def _result(answer: Mapping[str, Any]) -> Result:
    status, body = answer["status"], answer.get("body")
    if status >= 400:
        return Result(status, None, BackendifyError(status, body))
    return Result(status, None if body is None else Record(object_of(body), answer.get("etag")))
