"""A collection's operations, each written once as steps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Generic, cast

from backendify_client.drivers import operation, stream
from backendify_client.errors import expecting
from backendify_client.exchange import Call, Exchange, segment
from backendify_client.json_text import dump_json
from backendify_client.shapes import (
    C,
    Count,
    F,
    Match,
    Names,
    Page,
    R,
    Record,
    U,
    matched,
    object_of,
    rows_of,
)
from backendify_client.steps import Emit, Steps, Stream

Rows = list[R]
"""Lists of records: inside the class, ``list`` is one of its words."""

_LONGEST_QUERY: Final = 4_000
_FULL_PAGE: Final = 1_000


class Records(Generic[R, C, U, F]):
    """What can be done with a collection: the same words, blocking or awaited."""

    def __init__(self, exchange: Exchange, name: str) -> None:
        self.name = name
        self._exchange = exchange
        self._path = f"/data/{segment(name)}"

    @operation
    def list(
        self,
        *,
        filter: F | None = None,
        sort: Names | None = None,
        expand: Names | None = None,
        fields: Names | None = None,
        search: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        offset: int | None = None,
        count: Count | None = None,
        as_of: datetime | str | None = None,
    ) -> Steps[Page[R]]:
        """A page of records."""
        words = {
            **_words(sort=sort, expand=expand, fields=fields, as_of=as_of),
            **_words(search=search, limit=limit, cursor=cursor, offset=offset, count=count),
        }
        return (yield from self._page(filter, words))

    @stream
    def iterate(
        self,
        *,
        filter: F | None = None,
        sort: Names | None = None,
        expand: Names | None = None,
        fields: Names | None = None,
        search: str | None = None,
        page_size: int = _FULL_PAGE,
        as_of: datetime | str | None = None,
    ) -> Stream[R]:
        """Every record that matches, page after page as they are needed."""
        words = {
            **_words(sort=sort, expand=expand, fields=fields, as_of=as_of),
            **_words(search=search, limit=page_size),
        }
        while True:
            page = yield from self._page(filter, words)
            for record in page:
                yield Emit(record)
            if page.next_cursor is None:
                return
            words["cursor"] = page.next_cursor

    @operation
    def get(
        self,
        id: object,
        *,
        expand: Names | None = None,
        fields: Names | None = None,
        as_of: datetime | str | None = None,
    ) -> Steps[R]:
        """One record. Raises BackendifyError with the status 404 where there is none."""
        words = _words(expand=expand, fields=fields, as_of=as_of)
        return (yield from self._one(Call("GET", self._record(id), params=words)))

    @operation
    def create(self, data: C, *, idempotency_key: str | None = None) -> Steps[R]:
        """Create a record."""
        return (yield from self._one(self._write("POST", self._path, data, idempotency_key)))

    @operation
    def create_many(
        self, rows: Sequence[C], *, idempotency_key: str | None = None
    ) -> Steps[Rows[R]]:
        """Create up to 10,000 records, all or none; they are answered in the order given."""
        call = self._write("POST", self._path, rows, idempotency_key)
        return cast("Rows[R]", (yield from self._exchange.ask_for(call, rows_of)))

    @operation
    def update(
        self,
        id: object,
        data: U,
        *,
        if_match: Match | None = None,
        idempotency_key: str | None = None,
    ) -> Steps[R]:
        """Change what is given; ``{"$inc": 1}`` and ``{"$append": x}`` are relative.

        With ``if_match``, an ETag or a record that was read, only if nobody has changed it since:
        else BackendifyError with the status 412.
        """
        path, headers = self._record(id), _condition(if_match)
        call = self._write("PATCH", path, data, idempotency_key, headers=headers)
        return (yield from self._one(call))

    @operation
    def update_many(
        self, filter: F, data: U, *, max_affected: int, idempotency_key: str | None = None
    ) -> Steps[int]:
        """Change every record that matches; how many. Nothing where they are more than allowed."""
        call = self._bulk("PATCH", filter, max_affected, idempotency_key, data)
        return (yield from self._exchange.ask_for(call, _affected))

    @operation
    def upsert(
        self, data: C, *, on_conflict: Names = "id", idempotency_key: str | None = None
    ) -> Steps[R]:
        """Change the record whose unique ``on_conflict`` is the same, or create one."""
        params = _words(on_conflict=on_conflict)
        call = self._write("POST", self._path, data, idempotency_key, params=params)
        return (yield from self._one(call))

    @operation
    def delete(
        self,
        id: object,
        *,
        if_match: Match | None = None,
        idempotency_key: str | None = None,
    ) -> Steps[None]:
        """Delete a record, with what its relations cascade to."""
        headers = _with_key(_condition(if_match), idempotency_key)
        call = Call("DELETE", self._record(id), headers=headers, keyed=True)
        yield from self._exchange.ask(call)

    @operation
    def delete_many(
        self, filter: F, *, max_affected: int, idempotency_key: str | None = None
    ) -> Steps[int]:
        """Delete every record that matches; how many. Nothing where they are more than allowed."""
        call = self._bulk("DELETE", filter, max_affected, idempotency_key)
        return (yield from self._exchange.ask_for(call, _affected))

    @operation
    def count(self, filter: F | None = None) -> Steps[int]:
        """How many records match."""
        page = yield from self._page(filter, {"limit": "1", "count": "exact", "fields": "id"})
        return page.total or 0

    @operation
    def aggregate(
        self,
        /,
        *,
        filter: F | None = None,
        group_by: Names | None = None,
        sort: Names | None = None,
        limit: int | None = None,
        having: Mapping[str, Any] | None = None,
        **functions: Names,
    ) -> Steps[Rows[dict[str, Any]]]:
        """Add up: ``aggregate(count="*", sum="total", group_by="country")``."""
        params = {
            **_words(group_by=group_by, sort=sort, limit=limit, **functions),
            **({"filter": dump_json(filter)} if filter else {}),
            **({"having": dump_json(having)} if having else {}),
        }
        call = Call("GET", f"{self._path}/aggregate", params=params)
        return cast("Rows[dict[str, Any]]", (yield from self._exchange.ask_for(call, rows_of)))

    def _page(self, filter: F | None, words: Mapping[str, str]) -> Steps[Page[R]]:
        return (yield from self._exchange.ask_for(self._listing(filter, words), _page_of))

    def _listing(self, filter: F | None, words: Mapping[str, str]) -> Call:
        """A URL where it fits, else the same words in a body."""
        condition = dump_json(filter) if filter else ""
        if len(condition) + sum(map(len, words.values())) > _LONGEST_QUERY:
            body = {**words, **({"filter": filter} if filter else {})}
            return Call("POST", f"{self._path}/query", json=body, safe=True)
        params = {**words, **({"filter": condition} if condition else {})}
        return Call("GET", self._path, params=params)

    def _one(self, call: Call) -> Steps[R]:
        answer = yield from self._exchange.ask(call)
        values = self._exchange.read(answer)
        with expecting(answer.status_code):
            return cast("R", Record(object_of(values), answer.headers.get("etag")))

    def _record(self, id: object) -> str:
        return f"{self._path}/{segment(id)}"

    def _write(
        self,
        method: str,
        path: str,
        data: object,
        idempotency_key: str | None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Call:
        given = _with_key(headers or {}, idempotency_key)
        return Call(method, path, params or {}, data, given, keyed=True)

    def _bulk(
        self, method: str, filter: F, most: int, idempotency_key: str | None, *data: object
    ) -> Call:
        headers = _with_key({"prefer": f"max-affected={most}"}, idempotency_key)
        call = Call(method, self._path, {"filter": dump_json(filter)}, headers=headers, keyed=True)
        return replace(call, json=data[0]) if data else call


def _page_of(answer: dict[str, Any]) -> Page[Any]:
    page = answer["page"]
    return Page(
        data=rows_of(answer),
        has_more=page["has_more"],
        next_cursor=page["next_cursor"],
        total=answer.get("total"),
        total_capped=answer.get("total_capped", False),
    )


def _affected(answer: dict[str, Any]) -> int:
    return int(answer["affected"])


def _words(**given: object) -> dict[str, str]:
    """Parameters as texts, without those that were not given."""
    return {name: _word(value) for name, value in given.items() if value is not None}


def _word(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(map(str, value))
    return str(value)


def _condition(if_match: Match | None) -> dict[str, str]:
    etag = matched(if_match)
    return {} if etag is None else {"if-match": etag}


def _with_key(headers: Mapping[str, str], key: str | None) -> Mapping[str, str]:
    return headers if key is None else {**headers, "idempotency-key": key}
