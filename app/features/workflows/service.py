"""Workflows: making, showing, changing and deleting them."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.paging import PageInfo, Paging, fetch_page
from app.api.services import Services
from app.core.engine import driver_connection
from app.core.ids import uuid7
from app.engine.catalog.model import Catalog
from app.engine.changes.control_log import append_control_entry
from app.engine.changes.fan_out import follow, unfollow
from app.engine.identity.principal import Caller
from app.features.projects.service import lock_project
from app.features.workflows.advice import list_warnings
from app.features.workflows.errors import (
    InvalidWorkflowError,
    TooManyWorkflowsError,
    WorkflowNameTakenError,
    WorkflowNotFoundError,
)
from app.features.workflows.forming import arm, given_parts, make_definition, shown_definition
from app.features.workflows.models import Workflow, WorkflowVersion
from app.features.workflows.schemas import (
    VersionRead,
    Warned,
    WorkflowCreate,
    WorkflowCreated,
    WorkflowDetail,
    WorkflowRead,
    WorkflowUpdate,
)
from app.features.workflows.starting import READER

MOST_WORKFLOWS: Final = 200

# Who makes the first workflow and who deletes the last one must not pass each other.
_OF_ROLE: Final = """
SELECT name FROM backendify.workflows
WHERE project_id = $1 AND definition ->> 'run_as' = $2 LIMIT 1
"""


async def create_workflow(
    session: AsyncSession, services: Services, caller: Caller, data: WorkflowCreate
) -> WorkflowCreated:
    """Make a workflow, which is started from now on.

    Raises InvalidWorkflowError, ActorError, WorkflowNameTakenError, TooManyWorkflowsError.
    """
    catalog = await services.catalogs.refresh(caller.project.id)
    definition = await make_definition(services, caller, catalog, given_parts(data))
    await _lock_and_count(session, caller.project.id)
    workflow = Workflow(
        id=uuid7(),
        project_id=caller.project.id,
        version=1,
        definition=definition,
        created_by=caller.principal.id,
        name=data.name,
        description=data.description,
        enabled=data.enabled,
        max_concurrent=data.max_concurrent,
    )
    secret = arm(workflow)
    session.add(workflow)
    await _flush(session, workflow)
    _add_version(session, workflow, caller)
    await _settle(session, services, caller, workflow, "workflow.created")
    return await _created(services, workflow, catalog, secret)


async def list_workflows(
    session: AsyncSession, services: Services, caller: Caller, paging: Paging
) -> tuple[list[WorkflowRead], PageInfo]:
    """The newest first."""
    catalog = await services.catalogs.refresh(caller.project.id)
    query = (
        select(Workflow)
        .where(Workflow.project_id == caller.project.id)
        .order_by(Workflow.id.desc())
    )
    rows, page = await fetch_page(session, query, paging)
    return [_read(row[0], catalog) for row in rows], page


async def get_workflow(
    session: AsyncSession, services: Services, caller: Caller, workflow_id: UUID
) -> WorkflowDetail:
    """Raises WorkflowNotFoundError."""
    catalog = await services.catalogs.refresh(caller.project.id)
    return await _detail(services, await find_workflow(session, caller, workflow_id), catalog)


async def update_workflow(
    session: AsyncSession,
    services: Services,
    caller: Caller,
    workflow_id: UUID,
    data: WorkflowUpdate,
) -> WorkflowCreated:
    """Change what is given; what runs do is a new version.

    Raises WorkflowNotFoundError, InvalidWorkflowError, ActorError, WorkflowNameTakenError.
    """
    catalog = await services.catalogs.refresh(caller.project.id)
    await lock_project(session, caller.project.id)
    workflow = await find_workflow(session, caller, workflow_id, lock=True)
    given = data.model_fields_set
    for name in given & {"name", "description", "enabled", "max_concurrent"}:
        setattr(workflow, name, getattr(data, name))
    secret = None
    if given & {"trigger", "steps", "run_as"}:
        now, _ = shown_definition(workflow.definition, catalog)
        change = given_parts(data)
        definition = await make_definition(services, caller, catalog, now | change)
        if definition != workflow.definition:
            workflow.definition = definition
            workflow.version += 1
            _add_version(session, workflow, caller)
    if given & {"trigger", "enabled"}:
        secret = arm(workflow)
    await _flush(session, workflow)
    await _settle(session, services, caller, workflow, "workflow.updated", changed=sorted(given))
    return await _created(services, workflow, catalog, secret)


async def rotate_hook(
    session: AsyncSession, services: Services, caller: Caller, workflow_id: UUID
) -> WorkflowCreated:
    """Give an incoming webhook a new URL; the one before is good no more.

    Raises WorkflowNotFoundError, InvalidWorkflowError.
    """
    catalog = await services.catalogs.refresh(caller.project.id)
    workflow = await find_workflow(session, caller, workflow_id, lock=True)
    if workflow.trigger_type != "webhook":
        message = "Only a workflow with the trigger webhook has a URL."
        raise InvalidWorkflowError(message)
    workflow.hook_hash = None
    secret = arm(workflow)
    await _settle(session, services, caller, workflow, "workflow.rotated")
    return await _created(services, workflow, catalog, secret)


async def delete_workflow(
    session: AsyncSession, services: Services, caller: Caller, workflow_id: UUID
) -> None:
    """Delete a workflow with its runs, also those under way."""
    await lock_project(session, caller.project.id)
    workflow = await find_workflow(session, caller, workflow_id, lock=True)
    await session.delete(workflow)
    _log(session, caller, workflow, "workflow.deleted", {})
    await session.flush()
    await _follow(session, services, caller.project.id)


async def list_versions(
    session: AsyncSession, services: Services, caller: Caller, workflow_id: UUID, paging: Paging
) -> tuple[list[VersionRead], PageInfo]:
    """The newest first. Raises WorkflowNotFoundError."""
    catalog = await services.catalogs.refresh(caller.project.id)
    workflow = await find_workflow(session, caller, workflow_id)
    query = (
        select(WorkflowVersion)
        .where(WorkflowVersion.workflow_id == workflow.id)
        .order_by(WorkflowVersion.version.desc())
    )
    rows, page = await fetch_page(session, query, paging)
    versions = [
        VersionRead(
            version=each.version,
            created_by=each.created_by,
            created_at=each.created_at,
            **shown_definition(each.definition, catalog)[0],
        )
        for (each,) in rows
    ]
    return versions, page


async def find_workflow(
    session: AsyncSession, caller: Caller, workflow_id: UUID, *, lock: bool = False
) -> Workflow:
    """Raises WorkflowNotFoundError."""
    query = select(Workflow).where(
        Workflow.id == workflow_id, Workflow.project_id == caller.project.id
    )
    workflow = await session.scalar(query.with_for_update(key_share=True) if lock else query)
    if workflow is None:
        raise WorkflowNotFoundError
    return workflow


async def find_role_use(services: Services, project_id: UUID, role: str) -> str | None:
    """Which workflow runs with a role's rights, as a sentence; None where none does."""
    name = await services.database.owner.fetchval(_OF_ROLE, project_id, f"role:{role}")
    return None if name is None else f"The workflow {name!r} runs as the role {role!r}."


def _add_version(session: AsyncSession, workflow: Workflow, caller: Caller) -> None:
    session.add(
        WorkflowVersion(
            workflow_id=workflow.id,
            version=workflow.version,
            definition=workflow.definition,
            created_by=caller.principal.id,
        )
    )


async def _lock_and_count(session: AsyncSession, project_id: UUID) -> None:
    await lock_project(session, project_id)
    held = await session.scalar(select(func.count()).where(Workflow.project_id == project_id))
    if (held or 0) >= MOST_WORKFLOWS:
        raise TooManyWorkflowsError(MOST_WORKFLOWS)


async def _flush(session: AsyncSession, workflow: Workflow) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        raise WorkflowNameTakenError(workflow.name) from error


async def _settle(
    session: AsyncSession,
    services: Services,
    caller: Caller,
    workflow: Workflow,
    action: str,
    **detail: Any,
) -> None:
    _log(session, caller, workflow, action, detail | {"version": workflow.version})
    await session.flush()
    await _follow(session, services, caller.project.id)
    await session.refresh(workflow)


async def _follow(session: AsyncSession, services: Services, project_id: UUID) -> None:
    """Follow the project's log while any workflow is started by it."""
    of_records = (Workflow.project_id == project_id, Workflow.collection.is_not(None))
    count = await session.scalar(select(func.count()).where(*of_records))
    connection = await driver_connection(session)
    if count:
        await follow(connection, services.database, project_id, READER)
    else:
        await unfollow(connection, project_id, READER)


def _read(workflow: Workflow, catalog: Catalog) -> WorkflowRead:
    shown, broken = shown_definition(workflow.definition, catalog)
    made = shown | {"broken": broken}
    plain = {n: getattr(workflow, n) for n in WorkflowRead.model_fields if n not in made}
    return WorkflowRead(**plain, **made)


async def _detail(services: Services, workflow: Workflow, catalog: Catalog) -> WorkflowDetail:
    read = _read(workflow, catalog)
    found = await list_warnings(services, workflow.project_id, read.steps)
    warnings = [Warned(**each.as_json()) for each in found]
    return WorkflowDetail(**read.model_dump(), warnings=warnings)


async def _created(
    services: Services, workflow: Workflow, catalog: Catalog, secret: str | None
) -> WorkflowCreated:
    url = None if secret is None else f"{services.settings.base_url}/api/hooks/{secret}"
    detail = await _detail(services, workflow, catalog)
    return WorkflowCreated(**detail.model_dump(), hook_url=url)


def _log(
    session: AsyncSession,
    caller: Caller,
    workflow: Workflow,
    action: str,
    detail: Mapping[str, Any],
) -> None:
    append_control_entry(
        session,
        caller.principal.actor,
        action,
        project_id=caller.project.id,
        target=str(workflow.id),
        detail={"name": workflow.name, **detail},
    )
