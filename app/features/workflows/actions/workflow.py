"""The action ``workflow.run``: one workflow starts another."""

from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from app.api.schemas import RequestBody
from app.core.action import Action, ActionContext, ActionFailedError
from app.core.clock import utc_now
from app.core.json_text import read_json
from app.features.workflows.queue import NewRun
from app.features.workflows.starting import TRIGGER, start_one

_FIND: Final = """
SELECT id, version, definition, enabled, trigger_type FROM backendify.workflows
WHERE project_id = $1 AND (name = $2 OR id::text = $2)
"""
_PARENT: Final = "SELECT acts_as, actor FROM backendify.workflow_runs WHERE id = $1"


class RunParams(RequestBody):
    """``workflow``: the name or id of one with the trigger manual; ``input`` is what its templates
    find under ``input``."""

    workflow: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    input: dict[str, Any] = Field(default_factory=dict)


async def run_workflow(context: ActionContext, params: RunParams) -> dict[str, Any]:
    """Start it, and go on without waiting for its end. Raises ActionFailedError."""
    row = await context.connection.fetchrow(_FIND, context.project_id, params.workflow)
    if row is None or row["trigger_type"] != "manual":
        message = f"There is no workflow {params.workflow!r} that is started by hand."
        raise ActionFailedError("workflow_not_found", message)
    if not row["enabled"]:
        raise ActionFailedError("workflow_disabled", f"{params.workflow!r} is disabled.")
    parent = await context.connection.fetchrow(_PARENT, context.run_id)
    run_as = read_json(row["definition"])["run_as"]
    run = NewRun(
        workflow_id=row["id"],
        version=row["version"],
        trigger={
            "type": "manual",
            "at": utc_now().isoformat(),
            "run_id": str(context.run_id),
            "input": params.input,
        },
        acts_as=parent["acts_as"] if run_as == TRIGGER else run_as,
        trigger_key=context.key,
        actor=parent["actor"],
        depth=context.depth + 1,
    )
    run_id, status = await start_one(context.connection, context.project_id, run)
    return {"run_id": str(run_id), "status": status}


RUN_WORKFLOW: Final = Action(
    name="workflow.run",
    description="Starts another workflow, and goes on without waiting for its end.",
    params=RunParams,
    run=run_workflow,
    joins=True,
)
