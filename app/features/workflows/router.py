"""Routes of workflows: admins change them, members look at them, editors and service keys run
them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response, status

from app.api.deps import (
    AppServices,
    CurrentMember,
    Operator,
    ProjectAdmin,
    RoleRequiredError,
    ServiceKeyRequiredError,
    Session,
    current_member,
)
from app.api.openapi import problems
from app.api.paging import MOST_ROWS, Page, PageInfo, PagingParams
from app.api.routing import ApiRoute
from app.engine.query.once import KeyReusedError
from app.features.policies.service.acting import ActorError
from app.features.workflows import again, hooks, runs, service
from app.features.workflows.errors import (
    HookNotFoundError,
    InvalidWorkflowError,
    NotManualError,
    RetriedAlreadyError,
    RunNotFoundError,
    RunStateError,
    TooManyWorkflowsError,
    UnknownStepError,
    WorkflowDisabledError,
    WorkflowNameTakenError,
    WorkflowNotFoundError,
)
from app.features.workflows.forming import list_actions
from app.features.workflows.schemas import (
    ActionRead,
    HookAnswer,
    Replay,
    Retried,
    RetryMany,
    RunDetail,
    RunPage,
    RunRead,
    RunStart,
    RunStatus,
    VersionRead,
    WorkflowCreate,
    WorkflowCreated,
    WorkflowDetail,
    WorkflowRead,
    WorkflowUpdate,
)

router = APIRouter(route_class=ApiRoute, tags=["workflows"])
hook_router = APIRouter(tags=["workflows"])  # takes whatever others send

_OPERATORS = (RoleRequiredError, ServiceKeyRequiredError)
_WORKFLOWS = "/api/projects/{project}/workflows"
_RUN = "/api/projects/{project}/runs/{run_id}"
_WORKFLOW = _WORKFLOWS + "/{workflow_id}"

Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=255)]


@router.post(
    _WORKFLOWS,
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        RoleRequiredError,
        InvalidWorkflowError,
        ActorError,
        WorkflowNameTakenError,
        TooManyWorkflowsError,
    ),
)
async def create_workflow(
    data: WorkflowCreate, services: AppServices, member: ProjectAdmin, session: Session
) -> WorkflowCreated:
    """Make a workflow. Its trigger starts it from now on."""
    return await service.create_workflow(session, services, member, data)


@router.get(_WORKFLOWS)
async def list_workflows(
    services: AppServices, member: CurrentMember, session: Session, paging: PagingParams
) -> Page[WorkflowRead]:
    """The project's workflows, the newest first."""
    workflows, page = await service.list_workflows(session, services, member, paging)
    return Page(data=workflows, page=page)


@router.get(_WORKFLOWS + "/actions", dependencies=[Depends(current_member)])
async def list_workflow_actions(services: AppServices, paging: PagingParams) -> Page[ActionRead]:
    """What a step can be, each with the shape of its parameters."""
    actions, begin, end = list_actions(services), paging.offset, paging.offset + paging.limit
    page = PageInfo(limit=paging.limit, offset=begin, has_more=len(actions) > end)
    return Page(data=actions[begin:end], page=page)


@router.get(_WORKFLOWS + "/runs", responses=problems(*_OPERATORS))
async def list_project_runs(
    caller: Operator,
    session: Session,
    status: RunStatus | None = None,
    limit: Limit = 50,
    cursor: UUID | None = None,
) -> RunPage:
    """Runs of all workflows, the newest first. They are kept for 30 days after their end."""
    return await runs.list_runs(session, caller, None, status, limit, cursor)


@router.get(_WORKFLOW, responses=problems(WorkflowNotFoundError))
async def get_workflow(
    workflow_id: UUID, services: AppServices, member: CurrentMember, session: Session
) -> WorkflowDetail:
    """One workflow as it is now, and what will fail of it as things stand."""
    return await service.get_workflow(session, services, member, workflow_id)


@router.patch(
    _WORKFLOW,
    responses=problems(
        RoleRequiredError,
        WorkflowNotFoundError,
        InvalidWorkflowError,
        ActorError,
        WorkflowNameTakenError,
    ),
)
async def update_workflow(
    workflow_id: UUID,
    data: WorkflowUpdate,
    services: AppServices,
    member: ProjectAdmin,
    session: Session,
) -> WorkflowCreated:
    """Change a workflow. Runs under way go on by the version they began with; while it is
    disabled nothing starts it."""
    return await service.update_workflow(session, services, member, workflow_id, data)


@router.delete(
    _WORKFLOW,
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RoleRequiredError, WorkflowNotFoundError),
)
async def delete_workflow(
    workflow_id: UUID, services: AppServices, member: ProjectAdmin, session: Session
) -> None:
    """Delete a workflow with its versions and all its runs, also those under way."""
    await service.delete_workflow(session, services, member, workflow_id)


@router.get(_WORKFLOW + "/versions", responses=problems(WorkflowNotFoundError))
async def list_workflow_versions(
    workflow_id: UUID,
    services: AppServices,
    member: CurrentMember,
    session: Session,
    paging: PagingParams,
) -> Page[VersionRead]:
    """Every version of what its runs go by, the newest first."""
    versions, page = await service.list_versions(session, services, member, workflow_id, paging)
    return Page(data=versions, page=page)


@router.post(
    _WORKFLOW + "/rotate",
    responses=problems(RoleRequiredError, WorkflowNotFoundError, InvalidWorkflowError),
)
async def rotate_workflow_hook(
    workflow_id: UUID, services: AppServices, member: ProjectAdmin, session: Session
) -> WorkflowCreated:
    """Give an incoming webhook a new URL. The one before starts nothing any more."""
    return await service.rotate_hook(session, services, member, workflow_id)


@router.post(
    _WORKFLOW + "/run",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *_OPERATORS,
        WorkflowNotFoundError,
        NotManualError,
        WorkflowDisabledError,
        KeyReusedError,
    ),
)
async def run_workflow(
    workflow_id: UUID,
    services: AppServices,
    caller: Operator,
    session: Session,
    data: RunStart | None = None,
    idempotency_key: IdempotencyKey = None,
) -> RunRead:
    """Start a workflow by hand: once for an ``Idempotency-Key``."""
    given = data or RunStart()
    return await runs.start_run(session, services, caller, workflow_id, given, idempotency_key)


@router.get(
    _WORKFLOW + "/runs",
    responses=problems(*_OPERATORS, WorkflowNotFoundError),
)
async def list_workflow_runs(
    workflow_id: UUID,
    caller: Operator,
    session: Session,
    status: RunStatus | None = None,
    limit: Limit = 50,
    cursor: UUID | None = None,
) -> RunPage:
    """A workflow's runs, the newest first."""
    return await runs.list_runs(session, caller, workflow_id, status, limit, cursor)


@router.post(
    _WORKFLOW + "/runs/retry",
    responses=problems(*_OPERATORS, WorkflowNotFoundError, WorkflowDisabledError),
)
async def retry_workflow_runs(
    workflow_id: UUID,
    caller: Operator,
    session: Session,
    data: RetryMany | None = None,
) -> Retried:
    """Retry all runs that came to this end: by default those that failed."""
    given = data or RetryMany()
    count = await again.retry_runs(session, caller, workflow_id, given)
    return Retried(count=count)


@router.get(
    _WORKFLOWS + "/runs/{run_id}",
    response_model=RunDetail,
    responses=problems(*_OPERATORS, RunNotFoundError),
)
async def get_workflow_run(run_id: UUID, caller: Operator, session: Session) -> Response:
    """One run with each step's input and output, its attempts and times."""
    return await runs.get_run(session, caller, run_id)


@router.get(_RUN, response_model=RunDetail, responses=problems(*_OPERATORS, RunNotFoundError))
async def get_run(run_id: UUID, caller: Operator, session: Session) -> Response:
    """The same, by the short path."""
    return await get_workflow_run(run_id, caller, session)


@router.post(
    _RUN + "/cancel",
    responses=problems(*_OPERATORS, RunNotFoundError, RunStateError),
)
async def cancel_run(run_id: UUID, caller: Operator, session: Session) -> RunRead:
    """End a run that has not ended; a step that is under way comes to its end."""
    return await runs.cancel_run(session, caller, run_id)


@router.post(
    _RUN + "/retry",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *_OPERATORS, RunNotFoundError, RunStateError, RetriedAlreadyError, WorkflowDisabledError
    ),
)
async def retry_run(run_id: UUID, caller: Operator, session: Session) -> RunRead:
    """Go on in a new run where this one failed: what succeeded is not done again."""
    return await again.retry_run(session, caller, run_id)


@router.post(
    _RUN + "/replay",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *_OPERATORS,
        RunNotFoundError,
        RunStateError,
        UnknownStepError,
        WorkflowDisabledError,
    ),
)
async def replay_run(
    run_id: UUID,
    caller: Operator,
    session: Session,
    data: Replay | None = None,
) -> RunRead:
    """Do it again by the workflow as it is now, from its beginning or from a step."""
    return await again.replay_run(session, caller, run_id, data or Replay())


@hook_router.post(
    "/api/hooks/{secret}",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(HookNotFoundError, hooks.TooManyRunsError),
)
async def receive_hook(secret: str, request: Request, services: AppServices) -> HookAnswer:
    """Start the workflow whose URL this is. A message with the ``webhook-id`` (or
    ``Idempotency-Key``) of an earlier one starts nothing."""
    headers = {name: request.headers[name] for name in request.headers}
    body = await request.body()
    query = dict(request.query_params)
    run_id = await hooks.receive(services, secret, headers, query, body)
    return HookAnswer(run_id=run_id)


router.include_router(hook_router)
