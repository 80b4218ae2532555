"""What can go wrong with policies and their tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.errors import InvalidError, NotFoundError


class PolicyNotFoundError(NotFoundError):
    code = "policy_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such policy.")


class PolicyTestNotFoundError(NotFoundError):
    code = "policy_test_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such policy test.")


class PolicyTestsFailedError(InvalidError):
    """The change would make stored policy tests fail; ``failures`` says which, and how."""

    code = "policy_tests_failed"

    def __init__(self, failures: Sequence[Mapping[str, Any]], hint: str) -> None:
        names = ", ".join(repr(each["name"]) for each in failures[:3])
        tests = "a policy test" if len(failures) == 1 else f"{len(failures)} policy tests"
        super().__init__(
            f"The change breaks {tests}: {names}.",
            hint=hint,
            failures=list(failures),
        )
