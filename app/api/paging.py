"""Lists of the control plane: ``{"data": […], "page": {…}}``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

MOST_ROWS = 1_000
MOST_OFFSET = 1_000_000

Item = TypeVar("Item")


class PageInfo(BaseModel):
    limit: int
    offset: int
    has_more: bool


class CursorPage(BaseModel):
    """Of lists that grow at one end. ``next_cursor`` is null on the last page."""

    limit: int
    has_more: bool
    next_cursor: str | None


class Page(BaseModel, Generic[Item]):
    data: list[Item]
    page: PageInfo


@dataclass(frozen=True, slots=True)
class Paging:
    limit: int
    offset: int


def _paging(
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
    offset: Annotated[int, Query(ge=0, le=MOST_OFFSET)] = 0,
) -> Paging:
    return Paging(limit, offset)


PagingParams = Annotated[Paging, Depends(_paging)]


async def fetch_page(
    session: AsyncSession, query: Select[*tuple[Any, ...]], paging: Paging
) -> tuple[Sequence[Any], PageInfo]:
    """The rows of an ordered query on this page. One row more than asked says if there are more."""
    result = await session.execute(query.limit(paging.limit + 1).offset(paging.offset))
    rows = result.all()
    info = PageInfo(limit=paging.limit, offset=paging.offset, has_more=len(rows) > paging.limit)
    return rows[: paging.limit], info
