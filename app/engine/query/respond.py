"""From a statement's rows to an answer; the records' JSON passes through untouched."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as member
from hashlib import md5

from app.core.json_text import dump_json
from app.engine.query.compile import CAPPED_AT
from app.engine.query.read_shape import Count

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Answer:
    """What goes out. ``next_cursor`` lets the edge write a Link header."""

    status: int
    body: bytes
    headers: Headers = member(default_factory=list)
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page's place in its list."""

    limit: int
    offset: int
    has_more: bool
    next_cursor: str | None


def list_answer(records: Sequence[bytes], page: Page, count: Count, total: int | None) -> Answer:
    """``{"data": […], "page": {…}, "total": n}``."""
    parts = [b'{"data":[', b",".join(records), b'],"page":', _page(page)]
    if count != "none" and total is not None:
        capped = count == "capped" and total > CAPPED_AT
        parts.append(b',"total":%d' % (min(total, CAPPED_AT) if count == "capped" else total))
        if capped:
            parts.append(b',"total_capped":true')
    parts.append(b"}")
    return Answer(200, b"".join(parts), next_cursor=page.next_cursor)


def body_tag(body: bytes) -> str:
    """The ETag of a record that is shown in part: its version would tell of the rest."""
    return f'"b{md5(body, usedforsecurity=False).hexdigest()}"'


def record_answer(status: int, body: bytes, etag: str) -> Answer:
    """One record with its ETag."""
    return Answer(status, body, [(b"etag", etag.encode())])


def records_answer(status: int, records: Sequence[bytes], **members: object) -> Answer:
    """``{"data": […]}`` with further members."""
    more = b"".join(
        b",%b:%b" % (dump_json(name).encode(), dump_json(value).encode())
        for name, value in members.items()
    )
    return Answer(status, b'{"data":[' + b",".join(records) + b"]" + more + b"}")


def _page(page: Page) -> bytes:
    cursor = b"null" if page.next_cursor is None else b'"%b"' % page.next_cursor.encode()
    more = b"true" if page.has_more else b"false"
    return b'{"limit":%d,"offset":%d,"has_more":%b,"next_cursor":%b}' % (
        page.limit,
        page.offset,
        more,
        cursor,
    )
