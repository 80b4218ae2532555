"""What will fail of a workflow that may be saved all the same: told with the answer.

The operator may still allow the address, and somebody keep the secret, before it is started.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from app.api.services import Services
from app.core.egress import EgressRefusedError
from app.core.errors import BackendifyError, Violation
from app.core.http_client import InvalidUrlError
from app.features.secrets.service import find_missing
from app.features.workflows.definition import Step, read_steps
from app.features.workflows.secrecy import named_secrets

Placed = Iterator[tuple[str, Step]]


async def list_warnings(
    services: Services, project_id: UUID, steps: Sequence[dict[str, Any]]
) -> list[Violation]:
    """Secrets that are not there, and addresses that are refused, by their steps' pointers."""
    placed = list(_placed(read_steps(steps), "/steps"))
    named = {name for _, step in placed for name in named_secrets(step.params)}
    missing = await find_missing(services, project_id, named)
    return [
        warning
        for pointer, step in placed
        for warning in (*_of_secrets(pointer, step, missing), *_of_url(pointer, step, services))
    ]


def _placed(steps: Sequence[Step], pointer: str) -> Placed:
    for position, step in enumerate(steps):
        at = f"{pointer}/{position}"
        yield at, step
        yield from _placed(step.steps, f"{at}/steps")


def _of_secrets(pointer: str, step: Step, missing: frozenset[str]) -> Iterator[Violation]:
    for name in sorted(named_secrets(step.params) & missing):
        message = f"The project has no secret {name!r}."
        hint = f"Keep it with PUT …/secrets/{name}."
        yield Violation(f"{pointer}/with", "secret_not_found", message, hint)


def _of_url(pointer: str, step: Step, services: Services) -> Iterator[Violation]:
    url = step.params.get("url")
    if step.action != "http.request" or not isinstance(url, str) or "{{" in url:
        return
    try:
        services.http.check_address(url)
    except (InvalidUrlError, EgressRefusedError) as refused:
        yield _told(f"{pointer}/with/url", refused)


def _told(pointer: str, error: BackendifyError) -> Violation:
    return Violation(pointer, error.code, error.detail, error.hint)
