"""Running one statement: the only stage that touches the database, and what its refusals mean.

Constraint errors are read from the message where the driver's fields are empty (a distributed
Postgres says them of a shard, whose names carry a suffix).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import asyncpg

from app.core.errors import (
    BackendifyError,
    ConflictError,
    InvalidError,
    UnavailableError,
    Violation,
)
from app.engine.catalog.model import Collection, Field
from app.engine.policy.model import Grant

STALE = (
    asyncpg.InvalidCachedStatementError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedFunctionError,
    asyncpg.DatatypeMismatchError,
)
CONTENDED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)

_CONSTRAINT = re.compile(r'constraint "([a-z0-9_]+?)(?:_\d{5,})?"')
_LOST_UPSERT = re.compile(r'"bk:\d+"')


class UniqueConflictError(ConflictError):
    code = "unique_conflict"


class RecordInUseError(ConflictError):
    code = "record_in_use"


class RelationNotFoundError(InvalidError):
    code = "relation_not_found"


class ValueRefusedError(InvalidError):
    code = "validation_failed"


class QueryTimeoutError(BackendifyError):
    """The client's own query took longer than a statement may."""

    code, status, title = "query_timeout", 408, "Query timeout"


class WriteContendedError(ConflictError):
    """Other writes were in the way for too long; nothing was changed, so send it again."""

    code = "write_contended"

    def __init__(self) -> None:
        super().__init__(
            "The records are being written by others; try again.", headers={"Retry-After": "1"}
        )


class SchemaChangingError(UnavailableError):
    code = "schema_changing"


class LostUpsertError(Exception):
    """A racing insert took a key of a bulk upsert: everything was rolled back, start again."""


async def fetch(connection: Any, text: str, args: Sequence[Any]) -> list[Any]:
    """The statement's rows. ``connection`` is a pool or a connection."""
    rows: list[Any] = await connection.fetch(text, *args)
    return rows


def refused(error: asyncpg.PostgresError, collection: Collection, grant: Grant) -> Exception:
    """What a client is told of a statement that the database refused."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return _unique(error, collection, grant)
    if isinstance(error, asyncpg.ForeignKeyViolationError | asyncpg.RestrictViolationError):
        return _foreign_key(error, collection, grant)
    if isinstance(error, asyncpg.CheckViolationError | asyncpg.NotNullViolationError):
        return _check(error, collection, grant)
    if isinstance(error, asyncpg.LockNotAvailableError):
        return WriteContendedError()
    if isinstance(error, asyncpg.QueryCanceledError):
        return QueryTimeoutError("The query took too long.", hint="Narrow it, or add an index.")
    if isinstance(error, asyncpg.ProgramLimitExceededError):
        return ValueRefusedError("A value is too large for an index or for a search.")
    if isinstance(error, asyncpg.DataError):
        return _data(error, collection, grant)
    return error


def constraint_name(error: asyncpg.PostgresError) -> str:
    """The violated constraint's name, from the field or the message; empty if unknown."""
    name = getattr(error, "constraint_name", None)
    if name:
        return re.sub(r"_\d{5,}$", "", name)
    found = _CONSTRAINT.search(str(error))
    return found.group(1) if found else ""


def constrained_fields(name: str, collection: Collection) -> tuple[Field, ...]:
    """The fields that a constraint of ours speaks of; names derive from immutable ids."""
    if name.startswith("pk_"):
        return (collection.fields["id"],)
    for index in collection.indexes:
        if name.endswith(index.id):
            return tuple(collection.by_id[i.removeprefix("-")] for i in index.fields)
    return tuple(f for f in collection.fields.values() if f"_{f.id}" in name and f.id != "id")


def _unique(error: asyncpg.PostgresError, collection: Collection, grant: Grant) -> Exception:
    fields = constrained_fields(constraint_name(error), collection)
    shown = [f.name for f in fields if grant.may_show(f.id)]
    if not shown or len(shown) < len(fields):
        return UniqueConflictError("A record with these values exists already.")
    return UniqueConflictError(
        f"A record with this {' and '.join(shown)} exists already.",
        errors=[Violation(f"/{name}", "unique", "The value is taken.") for name in shown],
    )


def _foreign_key(error: asyncpg.PostgresError, collection: Collection, grant: Grant) -> Exception:
    fields = _named(constraint_name(error), collection, grant)
    if "still referenced" in str(error) or "still referenced" in str(error.detail or ""):
        return RecordInUseError("Other records still point at this one.")
    pointers = [f"/{field.column}" for field in fields] or [""]
    return RelationNotFoundError(
        "A related record does not exist.",
        errors=[Violation(p, "relation_not_found", "There is no such record.") for p in pointers],
    )


def _named(name: str, collection: Collection, grant: Grant) -> tuple[Field, ...]:
    """The fields of a constraint that the caller may know of."""
    return tuple(f for f in constrained_fields(name, collection) if grant.may_show(f.id))


def _check(error: asyncpg.PostgresError, collection: Collection, grant: Grant) -> Exception:
    column = getattr(error, "column_name", None)
    fields = _named(constraint_name(error), collection, grant)
    if not fields and column in collection.by_column:
        fields = tuple(_known((collection.by_column[str(column)],), grant))
    if any(field.shadow for field in fields):
        return _migrating(fields)
    return ValueRefusedError(
        "A value breaks a rule of its field.",
        errors=[Violation(f"/{f.name}", "check", "The value is not allowed.") for f in fields],
    )


def _known(fields: Iterable[Field], grant: Grant) -> Iterator[Field]:
    """Those that the caller may read or set; any other does not exist for them."""
    return (f for f in fields if grant.may_show(f.id) or grant.may_touch(f.id))


def _migrating(fields: Iterable[Field]) -> Exception:
    return ValueRefusedError(
        "The field's type is being changed, and the value does not fit both types.",
        errors=[
            Violation(f"/{f.name}", "field_migrating", "The value must fit both types.")
            for f in fields
            if f.shadow
        ],
    )


def _data(error: asyncpg.PostgresError, collection: Collection, grant: Grant) -> Exception:
    if _LOST_UPSERT.search(str(error)):
        return LostUpsertError()
    if any(field.shadow for field in collection.stored_fields):
        return _migrating(_known(collection.stored_fields, grant))
    if isinstance(error, asyncpg.NumericValueOutOfRangeError):
        return ValueRefusedError("A number does not fit its field.")
    return ValueRefusedError("A value cannot be stored or compared as it is.")
