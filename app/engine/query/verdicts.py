"""What a write's verdict is to the client."""

from collections.abc import Callable

from app.core.errors import (
    BackendifyError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    PreconditionFailedError,
    Violation,
)
from app.engine.catalog.model import Catalog, Collection
from app.engine.policy.model import Access
from app.engine.query.execute import (
    RecordInUseError,
    RelationNotFoundError,
    SchemaChangingError,
    UniqueConflictError,
)
from app.engine.query.naming import may_name


class RecordNotFoundError(NotFoundError):
    code = "record_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such record.")


class MaxAffectedExceededError(InvalidError):
    code = "max_affected_exceeded"


class CascadeTooLargeError(InvalidError):
    code = "cascade_too_large"


class PolicyCheckError(ForbiddenError):
    code = "policy_check_failed"


def verdict_error(
    verdict: str, collection: Collection, catalog: Catalog, access: Access, *, many: bool
) -> BackendifyError:
    """The error of a verdict such as ``relation_not_found:<field id>:<position>``.

    ``many``: the body was a list, so that the position becomes part of the pointer.
    """
    kind, _, rest = verdict.partition(":")
    subject, _, position = rest.rpartition(":")
    at = f"/{int(position) - 1}" if many and position.isdigit() else ""
    if kind == "relation_not_found":
        return _relation_error(collection, access, subject, at)
    if kind == "rule":
        return _rule_error(collection, int(subject), at)
    if kind == "record_in_use":
        return _in_use_error(catalog, access, rest)
    return _PLAIN[kind]()


def _relation_error(
    collection: Collection, access: Access, field_id: str, at: str
) -> BackendifyError:
    field = collection.by_id[field_id]
    if not may_name(access, collection, field):  # a preset's
        return RelationNotFoundError(
            "A record that this one would point to does not exist.",
            errors=[Violation(at, "relation_not_found", "There is no such record.")],
        )
    pointer = f"{at}/{field.column or field.name}"
    return RelationNotFoundError(
        f"The record that {field.name!r} points to does not exist.",
        errors=[Violation(pointer, "relation_not_found", "There is no such record.")],
    )


def _rule_error(collection: Collection, position: int, at: str) -> BackendifyError:
    rule = collection.rules[position]
    message = rule.message or "The record breaks a rule of its collection."
    return InvalidError(message, errors=[Violation(at, "condition", message)])


def _in_use_error(catalog: Catalog, access: Access, field_id: str) -> BackendifyError:
    owner = next(c for c in catalog.collections.values() if field_id in c.by_id)
    if not access.view(owner, "list").shows(owner.by_id[field_id]):
        return RecordInUseError("Other records still point at this one.")
    return RecordInUseError(f"Records of {owner.name!r} still point at this one.")


_PLAIN: dict[str, Callable[[], BackendifyError]] = {
    "stale_catalog": lambda: SchemaChangingError("The schema is being changed; try again."),
    "not_found": RecordNotFoundError,
    "version_mismatch": lambda: PreconditionFailedError(
        "The record has changed since.", hint="Read it again and repeat the change."
    ),
    "policy_check_failed": lambda: PolicyCheckError("A policy refuses the record as it would be."),
    "max_affected_exceeded": lambda: MaxAffectedExceededError(
        "More records meet the condition than max-affected allows; nothing was changed."
    ),
    "cascade_too_large": lambda: CascadeTooLargeError(
        "The delete would cascade to more than 10,000 records; delete those first."
    ),
    "duplicate_in_body": lambda: UniqueConflictError("Two records of the body have the same key."),
}
