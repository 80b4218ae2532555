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

    def __init__(self, failures: Sequence[Mapping[str, Any]]) -> None:
        names = ", ".join(repr(each["name"]) for each in failures[:3])
        super().__init__(
            f"The change breaks {len(failures)} policy tests: {names}.",
            hint="Mend the policy or the tests; force=true makes the change all the same.",
            failures=list(failures),
        )
