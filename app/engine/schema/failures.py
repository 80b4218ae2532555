"""What Postgres refuses during DDL, as errors that clients are told: no SQL, no physical names."""

import asyncpg

from app.core.errors import BackendifyError, UnavailableError
from app.engine.schema.errors import (
    SchemaCastFailedError,
    SchemaDriftError,
    SchemaUnsupportedError,
)

_DRIFT = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.DuplicateTableError,
    asyncpg.DuplicateColumnError,
    asyncpg.DuplicateObjectError,
    asyncpg.WrongObjectTypeError,
    asyncpg.DependentObjectsStillExistError,
    asyncpg.InvalidTableDefinitionError,
)
_RACED = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
)
_UNSUPPORTED = (
    asyncpg.ProgramLimitExceededError,
    asyncpg.UndefinedObjectError,
    asyncpg.UndefinedFunctionError,
    asyncpg.FeatureNotSupportedError,
    asyncpg.IndeterminateCollationError,
    asyncpg.CollationMismatchError,
)


def as_schema_error(error: asyncpg.PostgresError) -> BackendifyError | None:
    """The error to raise instead; None for what is no fault of the change."""
    if isinstance(error, _DRIFT):
        return SchemaDriftError(
            "The database is not in the state that was recorded, so the change does not fit it.",
            hint="Look at …/schema/drift.",
        )
    if isinstance(error, _RACED):
        return SchemaCastFailedError(
            [{"count": None, "samples": [], "reason": "rows were written meanwhile"}]
        )
    if isinstance(error, _UNSUPPORTED):
        return SchemaUnsupportedError(
            "The database cannot do this: a value is too long for an index, or a collation or "
            "extension is missing."
        )
    if isinstance(error, asyncpg.InsufficientResourcesError | asyncpg.OperatorInterventionError):
        return UnavailableError("The database cannot carry out the change now.", retry_after=5)
    return None
