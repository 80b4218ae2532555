"""Running single actions as a run would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from app.api.services import Services
from app.core.action import Action, ActionContext
from app.features.policies.service.acting import caller_acting_as


async def context_for(
    services: Services, project_id: UUID, run_as: str = "project", **more: Any
) -> ActionContext:
    """A context with a key of its own, unless ``more`` names one."""
    run_id = uuid4()
    caller = await caller_acting_as(services, project_id, run_as, f"workflow:{run_id}")
    known: dict[str, Any] = {"key": f"{run_id}:step", "request_id": f"run_{run_id}"} | more
    return ActionContext(services, caller, project_id, run_id=run_id, depth=0, **known)


async def run_action(action: Action, context: ActionContext, **given: Any) -> Any:
    """The output of one attempt."""
    return await action.run(context, action.params.model_validate(given))


@asynccontextmanager
async def joining(context: ActionContext) -> AsyncIterator[ActionContext]:
    """A context whose connection is in a transaction that commits in the end."""
    owner = context.services.database.owner
    async with owner.acquire() as connection, connection.transaction():
        yield replace(context, connection=connection)
