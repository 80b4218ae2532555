"""What one writes by hand: FastAPI routes, an ORM, response models, a log row on each write.

It serves the same table as the product, so that both are asked for the same bytes. Started by
``run.py`` with the database's address and the project's schema in its environment.
"""

import os
import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from jose import jwt
from pydantic import BaseModel, ConfigDict
from sqlalchemy import DateTime, ForeignKey, Numeric, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload

SCHEMA, SECRET = os.environ["NAIVE_SCHEMA"], os.environ["NAIVE_SECRET"]
engine = create_async_engine(os.environ["NAIVE_DSN"], pool_size=8, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Category(Base):
    __tablename__ = "categories"
    __table_args__ = {"schema": SCHEMA}
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str | None]


class User(Base):
    __tablename__ = "users"
    __table_args__ = {"schema": SCHEMA}
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str | None]


class Item(Base):
    __tablename__ = "items"
    __table_args__ = {"schema": SCHEMA}
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    title: Mapped[str]
    body: Mapped[str | None]
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    hits: Mapped[int | None]
    status: Mapped[str | None]
    category_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Category.id))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(User.id))
    category: Mapped[Category | None] = relationship()
    author: Mapped[User | None] = relationship()


class Log(Base):
    __tablename__ = "naive_log"
    __table_args__ = {"schema": SCHEMA}
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    action: Mapped[str]
    record_id: Mapped[str]
    image: Mapped[dict[str, Any]] = mapped_column(JSONB)


class CategoryRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: uuid.UUID
    name: str | None


class ItemRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: uuid.UUID
    created_at: datetime
    updated_at: datetime
    title: str
    body: str | None
    price: Decimal | None
    hits: int | None
    status: str | None
    category_id: uuid.UUID | None
    author_id: uuid.UUID | None


class ItemExpanded(ItemRead):
    category: CategoryRead | None
    author: CategoryRead | None


class ItemWrite(BaseModel):
    title: str | None = None
    body: str | None = None
    price: Decimal | None = None
    hits: int | None = None
    status: str | None = None


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


async def get_user(request: Request) -> str:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_aud": False})
    return str(claims["sub"])


Session = Annotated[AsyncSession, Depends(get_session)]
CurrentUser = Annotated[str, Depends(get_user)]
app = FastAPI()


@app.get("/items/{item_id}", response_model=ItemRead)
async def get_item(item_id: uuid.UUID, session: Session, _: CurrentUser) -> Item:
    item = await session.get(Item, item_id)
    if item is None:
        raise HTTPException(404)
    return item


@app.get("/items", response_model=list[ItemRead])
async def list_items(session: Session, _: CurrentUser, status: str, price: Decimal) -> Any:
    query = select(Item).where(Item.status == status, Item.price >= price)
    return (await session.scalars(query.order_by(Item.created_at.desc()).limit(50))).all()


@app.get("/expanded", response_model=list[ItemExpanded])
async def list_expanded(session: Session, _: CurrentUser, status: str, price: Decimal) -> Any:
    query = select(Item).where(Item.status == status, Item.price >= price)
    query = query.options(selectinload(Item.category), selectinload(Item.author))
    return (await session.scalars(query.order_by(Item.created_at.desc()).limit(50))).all()


@app.post("/items", response_model=ItemRead, status_code=201)
async def create_item(data: ItemWrite, session: Session, _: CurrentUser) -> Item:
    now = datetime.now().astimezone()
    item = Item(**data.model_dump(), created_at=now, updated_at=now)
    session.add(item)
    await session.flush()
    session.add(_logged("created", item))
    await session.commit()
    return item


@app.patch("/items/{item_id}", response_model=ItemRead)
async def update_item(
    item_id: uuid.UUID, data: ItemWrite, session: Session, _: CurrentUser
) -> Item:
    item = await session.get(Item, item_id, with_for_update=True)
    if item is None:
        raise HTTPException(404)
    for name, value in data.model_dump(exclude_unset=True).items():
        setattr(item, name, value)
    item.updated_at = datetime.now().astimezone()
    session.add(_logged("updated", item))
    await session.commit()
    return item


def _logged(action: str, item: Item) -> Log:
    image = ItemRead.model_validate(item).model_dump(mode="json")
    return Log(action=action, record_id=str(item.id), image=image)
