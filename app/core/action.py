"""The steps that workflows can run, as features offer them in their manifest (``Feature.actions``).

Workflows find them by name through the registry and import no feature.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class ActionContext:
    """What an action works with.

    ``services`` are the application's; ``caller`` is whose rights the run has; ``key`` is the same
    in every attempt of one step of one run, and no other's: a side effect under it happens once;
    ``request_id`` is what the change log tells of the run; ``depth`` counts the runs that led to
    this one. ``allowed_hosts``: where alone the secrets among the parameters may be sent; None:
    anywhere; ``hide`` covers them in what is to be kept, before it is cut. ``connection`` is of
    the control plane: what an action that ``joins`` writes on it commits together with the step's
    outcome, and is None for the others.
    """

    services: Any
    caller: Any
    project_id: UUID
    key: str
    request_id: str
    run_id: UUID
    depth: int
    connection: Any = None
    allowed_hosts: frozenset[str] | None = None
    hide: Callable[[Any], Any] = lambda value: value


class ActionFailedError(Exception):
    """The step has failed. ``retryable``: another attempt may do better; ``output`` is what can be
    shown of it all the same (an answer with a status nobody wanted). ``pause``: the seconds that
    the next attempt should wait at least."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retryable: bool = False,
        output: Any = None,
        pause: float = 0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.output = output
        self.pause = pause


RunAction = Callable[[ActionContext, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Action:
    """One sort of step.

    ``params`` is the shape of the step's ``with``, checked again once its templates are filled in;
    ``run`` gets a context and those parameters, and answers the step's output as JSON values (an
    error of the API's kinds is a failure too: 4xx for good, 5xx to be tried again). ``attempts``
    and ``seconds`` hold where the step says nothing else. ``joins``: it only writes on the
    context's connection. ``waits``: it waits for other servers and uses nothing of this one.
    ``takes_secrets``: its parameters may name the project's secrets. ``html`` names the parameters
    that are HTML: what templates fill into them is escaped.
    """

    name: str
    description: str
    params: type[BaseModel]
    run: RunAction
    attempts: int = 1
    seconds: float = 30.0
    joins: bool = False
    waits: bool = False
    takes_secrets: bool = False
    html: frozenset[str] = frozenset()
