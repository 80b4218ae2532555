"""From a workflow as a client describes it to what is stored and armed, and back."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, Final

from app.api.services import Services
from app.core.action import Action
from app.core.clock import utc_now
from app.core.errors import Violation
from app.core.json_text import dump_json
from app.engine.catalog.model import Catalog
from app.engine.identity.principal import Caller
from app.features.policies.service.acting import PROJECT, check_run_as
from app.features.workflows.checking import check_steps, sight_of
from app.features.workflows.definition import read_steps, shown_trigger, stored_trigger
from app.features.workflows.errors import InvalidWorkflowError
from app.features.workflows.flow import FLOW
from app.features.workflows.models import Workflow
from app.features.workflows.schedule import next_fire
from app.features.workflows.schemas import ActionRead, WorkflowCreate, WorkflowUpdate
from app.features.workflows.starting import TRIGGER

MOST_DEFINITION: Final = 256 * 1_024
_STARTED_BY_NOBODY: Final = frozenset({"schedule", "webhook"})


def given_parts(data: WorkflowCreate | WorkflowUpdate) -> dict[str, Any]:
    """What the client gave of what runs go by."""
    return data.model_dump(
        mode="json", by_alias=True, exclude_unset=True, include={"run_as", "trigger", "steps"}
    )


async def make_definition(
    services: Services, caller: Caller, catalog: Catalog, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The stored form of what is given. Raises InvalidWorkflowError, ActorError."""
    run_as, trigger, steps = given.get("run_as", PROJECT), given["trigger"], given["steps"]
    faults = []
    if run_as != TRIGGER:
        await check_run_as(services, caller.project.id, run_as)
    elif trigger["type"] in _STARTED_BY_NOBODY:
        message = "Nobody starts it whose rights it could have."
        faults.append(Violation("/run_as", "not_applicable", message))
    stored, found = stored_trigger(trigger, catalog)
    faults += found
    collection = catalog.by_id.get(stored.get("collection") or "")
    sight = sight_of(trigger["type"], collection)
    faults += check_steps(read_steps(steps), sight, actions_of(services), catalog)
    definition = {"run_as": run_as, "trigger": stored, "steps": steps}
    if len(dump_json(definition)) > MOST_DEFINITION:
        message = f"A definition has at most {MOST_DEFINITION >> 10} KiB."
        faults.append(Violation("/steps", "too_long", message))
    if faults:
        raise InvalidWorkflowError("The workflow cannot stand.", errors=faults)
    return definition


def shown_definition(
    definition: Mapping[str, Any], catalog: Catalog
) -> tuple[dict[str, Any], str | None]:
    """The definition in today's names, and what is wrong with its trigger."""
    trigger, broken = shown_trigger(definition["trigger"], catalog)
    return {
        "run_as": definition["run_as"],
        "trigger": trigger,
        "steps": definition["steps"],
    }, broken


def arm(workflow: Workflow) -> str | None:
    """Set what the trigger needs beside the definition; answers the secret of a new URL."""
    trigger = workflow.definition["trigger"]
    workflow.trigger_type = trigger["type"]
    workflow.collection = trigger.get("collection")
    workflow.next_fire_at = _next_fire(trigger) if workflow.enabled else None
    if trigger["type"] != "webhook":
        workflow.hook_hash = None
        return None
    if workflow.hook_hash is not None:
        return None
    secret = f"wfh_{token_urlsafe(32)}"
    workflow.hook_hash = hash_of(secret)
    return secret


def actions_of(services: Services) -> Mapping[str, Action]:
    """What features offer as steps, by name."""
    return {each.name: each for feature in services.features for each in feature.actions}


def list_actions(services: Services) -> list[ActionRead]:
    """Everything that a step can be: the runner's own, then what the features offer."""
    own = [
        ActionRead(name=name, description=description, params=shape.model_json_schema(),
                   attempts=1, timeout_seconds=None, takes_secrets=False)
        for name, (shape, description) in FLOW.items()
    ]  # fmt: skip
    offered = [
        ActionRead(
            name=each.name,
            description=each.description,
            params=each.params.model_json_schema(),
            attempts=each.attempts,
            timeout_seconds=each.seconds,
            takes_secrets=each.takes_secrets,
        )
        for each in actions_of(services).values()
    ]
    return own + sorted(offered, key=lambda each: each.name)


def hash_of(secret: str) -> str:
    """What is kept of the secret in a URL."""
    return sha256(secret.encode()).hexdigest()


def _next_fire(trigger: Mapping[str, Any]) -> datetime | None:
    if trigger["type"] != "schedule":
        return None
    return next_fire(trigger["cron"], trigger["timezone"], utc_now())
