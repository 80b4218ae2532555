"""What can go wrong while a schema changes: one class a cause."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    UnavailableError,
    Violation,
)


class SchemaInvalidError(InvalidError):
    """The wanted schema is not one; every fault has its pointer."""

    code = "schema_invalid"

    def __init__(self, errors: Sequence[Violation]) -> None:
        count = len(errors)
        super().__init__(
            f"The schema has {count} fault{'s' if count > 1 else ''}: {errors[0].message}",
            errors=errors,
        )


class SchemaConflictError(ConflictError):
    """The change was made from a state that is not the current one any more."""

    code = "schema_conflict"

    def __init__(self, *, base: str, current: str, version: int) -> None:
        super().__init__(
            "The schema has changed since the state this change was made from.",
            hint="Read the schema again, repeat the change on it, and send the new base.",
            base=base,
            current=current,
            version=version,
        )


class SchemaUnsafeChangeError(InvalidError):
    """The plan removes or loses data: send its hash as ``confirm``."""

    code = "schema_unsafe_change"

    def __init__(self, plan: Mapping[str, Any], *, stale_confirm: bool) -> None:
        detail = "The change loses or removes data and needs to be confirmed."
        if stale_confirm:
            detail = "The change that was confirmed is not the one that would be made now."
        super().__init__(
            detail,
            hint="Look at the plan, then send its plan_hash as confirm.",
            plan=plan,
            plan_hash=plan["plan_hash"],
        )


class SchemaPlanChangedError(ConflictError):
    """The plan that was looked at is not the one that would be carried out now."""

    code = "schema_plan_changed"

    def __init__(self, plan: Mapping[str, Any]) -> None:
        super().__init__(
            "The plan has changed since it was made.",
            hint="Look at the new plan.",
            plan=plan,
            plan_hash=plan["plan_hash"],
        )


class SchemaDataConflictError(InvalidError):
    """Stored rows are in the way: nulls, duplicates, values out of range, missing targets."""

    code = "schema_data_conflict"

    def __init__(self, offenders: Sequence[Mapping[str, Any]], plan: Mapping[str, Any]) -> None:
        first = offenders[0]
        super().__init__(
            f"{first['count']} stored record{'s' if first['count'] != 1 else ''} "
            f"would break the new rule: {first['reason']}",
            hint=first.get("hint"),
            offenders=list(offenders),
            plan=plan,
        )


class SchemaCastFailedError(InvalidError):
    """Stored values cannot be turned into the new type; nothing was changed."""

    code = "schema_cast_failed"

    def __init__(self, offenders: Sequence[Mapping[str, Any]]) -> None:
        count = sum(each["count"] or 0 for each in offenders)
        super().__init__(
            f"{count} stored value{'s' if count != 1 else ''} cannot be turned into the new type.",
            hint="Mend the values, or add a field of the new type and drop the old one.",
            count=count,
            samples=[sample for each in offenders for sample in each["samples"]],
            offenders=list(offenders),
        )


class SchemaBusyError(UnavailableError):
    """A long transaction or another change holds what this one needs."""

    code = "schema_busy"


class SchemaJobRunningError(ConflictError):
    """The collection is being changed online: wait for the job, or cancel it."""

    code = "schema_change_running"


class SchemaDependentsError(ConflictError):
    """Other fields refer to what is to be dropped."""

    code = "schema_dependents"

    def __init__(self, name: str, dependents: Sequence[str]) -> None:
        super().__init__(
            f"{name!r} is still referred to by {', '.join(dependents)}.",
            hint="Drop those first, or repeat the request with cascade=true.",
            dependents=list(dependents),
        )


class SchemaDriftError(ConflictError):
    """The database is not in the recorded state, so the planned DDL does not fit it."""

    code = "schema_drift"


class SchemaUnsupportedError(InvalidError):
    """The database cannot do what the change asks for."""

    code = "schema_unsupported"


class SchemaExistsError(ConflictError):
    """Another collection or field has the name."""

    code = "schema_exists"


class SchemaProtectedError(ConflictError):
    """A system collection or field cannot be dropped."""

    code = "schema_protected"


class SchemaNotFoundError(NotFoundError):
    """There is no such collection, field, version, draft or job."""

    code = "schema_not_found"
