"""Workflows and runs as requests and answers."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.api.paging import CursorPage
from app.api.schemas import Moment, RequestBody
from app.features.policies.service.acting import PROJECT

RunStatus = Literal[
    "queued", "running", "waiting", "succeeded", "failed", "cancelled", "stopped"
]  # fmt: skip
StepStatus = Literal["running", "waiting", "succeeded", "failed", "cancelled"]

StepId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,62}$")]
Target = Annotated[str, StringConstraints(min_length=1, max_length=63)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000)]
RunAs = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Concurrent = Annotated[int, Field(ge=1, le=100)]


class RetryWrite(RequestBody):
    """Up to ``max_attempts``; the pause before the second is ``delay_seconds``, each further one
    ``factor`` times as long, at most ``max_delay_seconds``, give or take a fifth."""

    max_attempts: Annotated[int, Field(ge=1, le=20)]
    delay_seconds: Annotated[float, Field(ge=0, le=86_400)] = 5.0
    factor: Annotated[float, Field(ge=1, le=10)] = 2.0
    max_delay_seconds: Annotated[float, Field(ge=0, le=86_400)] = 3_600.0


class Position(RequestBody):
    """Where a step is drawn, in pixels; within a ``for_each``, from the corner of its inside."""

    x: Annotated[int, Field(ge=-100_000, le=100_000)]
    y: Annotated[int, Field(ge=-100_000, le=100_000)]


class StepWrite(RequestBody):
    """``then``, ``else``, ``cases`` and ``on_error`` name a later step of the same list, or
    ``end``; ``on_error`` also ``stop`` (the run fails) or ``continue``. ``steps`` are what a
    ``for_each`` does with every item. ``position`` is for those who draw it: runs do not ask."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)

    id: StepId
    action: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    with_: dict[str, Any] = Field(alias="with", default_factory=dict)
    retry: RetryWrite | None = None
    timeout_seconds: Annotated[float, Field(ge=1, le=300)] | None = None
    on_error: Target = "stop"
    then: Target | None = None
    else_: Annotated[Target | None, Field(alias="else")] = None
    cases: Annotated[dict[str, Target], Field(max_length=100)] | None = None
    steps: Annotated[list["StepWrite"], Field(min_length=1, max_length=100)] | None = None
    position: Position | None = None


HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,100}$", to_lower=True)]


class RecordTrigger(RequestBody):
    """``where``: which records, as in policies; ``$old.<field>`` is the value before."""

    type: Literal["record.created", "record.updated", "record.deleted", "record.*"]
    collection: Name
    where: dict[str, Any] | None = None


class ScheduleTrigger(RequestBody):
    """``missed``: what becomes of times that passed while nothing ran: one run for all of them,
    none, or one for each (at most 100)."""

    type: Literal["schedule"]
    cron: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    timezone: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "UTC"
    missed: Literal["once", "skip", "all"] = "once"


class ManualTrigger(RequestBody):
    type: Literal["manual"]


class HookTrigger(RequestBody):
    """A URL of its own, told when it is made and rotated. ``headers`` are those that templates find
    under ``input.headers``, beside ``content-type``, ``user-agent`` and ``webhook-id``."""

    type: Literal["webhook"]
    headers: list[HeaderName] = Field(default_factory=list, max_length=20)


Trigger = Annotated[
    RecordTrigger | ScheduleTrigger | ManualTrigger | HookTrigger, Field(discriminator="type")
]
Steps = Annotated[list[StepWrite], Field(min_length=1, max_length=100)]


class WorkflowCreate(RequestBody):
    """``run_as``: whose rights the steps have: ``project`` (everything), ``trigger`` (whoever
    started it), ``anonymous``, ``role:<name>`` or ``user:<id>``. ``max_concurrent``: how many runs
    go on at once; with 1 they run one after another."""

    name: Name
    description: Description | None = None
    enabled: bool = True
    run_as: RunAs = PROJECT
    max_concurrent: Concurrent = 10
    trigger: Trigger
    steps: Steps


class WorkflowUpdate(RequestBody):
    """What is left out stays as it is. Runs under way go on by the version they began with."""

    name: Name | None = None
    description: Description | None = None
    enabled: bool | None = None
    run_as: RunAs | None = None
    max_concurrent: Concurrent | None = None
    trigger: Trigger | None = None
    steps: Steps | None = None

    @model_validator(mode="after")
    def _no_nulls(self) -> Self:
        for name in self.model_fields_set - {"description"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null.")
        return self


class WorkflowRead(BaseModel):
    """``broken``: why the trigger can no longer be used; until it is mended nothing starts it.
    ``next_fire_at``: when its schedule starts it next."""

    id: UUID
    name: str
    description: str | None
    enabled: bool
    run_as: str
    max_concurrent: int
    trigger: dict[str, Any]
    steps: list[dict[str, Any]]
    version: int
    broken: str | None
    next_fire_at: Moment | None
    created_by: UUID | None
    created_at: Moment
    updated_at: Moment


class Warned(BaseModel):
    """What will fail as things stand, although the workflow can be kept."""

    pointer: str
    code: str
    message: str
    hint: str | None = None


class WorkflowDetail(WorkflowRead):
    """``warnings``: secrets that are not there, addresses that are refused."""

    warnings: list[Warned]


class WorkflowCreated(WorkflowDetail):
    """``hook_url``: where an incoming webhook is to be sent; told this once, with its secret."""

    hook_url: str | None = None


class VersionRead(BaseModel):
    version: int
    run_as: str
    trigger: dict[str, Any]
    steps: list[dict[str, Any]]
    created_by: UUID | None
    created_at: Moment


class ActionRead(BaseModel):
    """``params`` is the JSON Schema of a step's ``with``; ``attempts`` and ``timeout_seconds`` are
    what holds where a step says nothing else."""

    name: str
    description: str
    params: dict[str, Any]
    attempts: int
    timeout_seconds: float | None
    takes_secrets: bool


class RunStart(RequestBody):
    """``input`` is what templates find under ``input``."""

    input: dict[str, Any] = Field(default_factory=dict)


class Replay(RequestBody):
    """``from_step``: the outcomes of the steps before it are taken over."""

    from_step: StepId | None = None


class RetryMany(RequestBody):
    """Runs of this status, made at ``since`` or later; at most 1,000 at once."""

    status: Literal["failed", "stopped", "cancelled"] = "failed"
    since: AwareDatetime | None = None


class Retried(BaseModel):
    """``count``: how many runs were begun in place of others."""

    count: int


class Fault(BaseModel):
    code: str
    message: str
    step: str | None = None


class RunRead(BaseModel):
    """``reason``: why it was stopped: ``loop`` (runs that start runs, deeper than 8) or
    ``fan_out`` (more runs a minute than the project may have). ``acts_as``: whose rights it has."""

    id: UUID
    workflow_id: UUID
    version: int
    status: RunStatus
    reason: str | None
    error: Fault | None
    trigger_type: str
    actor: str | None
    acts_as: str
    depth: int
    retry_of: UUID | None
    next_at: Moment | None
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None


class StepRead(BaseModel):
    """``path``: the step's id, or ``each[3].mail`` within a ``for_each``. ``input`` and ``output``
    are for admins and service keys; secrets are in neither."""

    path: str
    action: str
    status: StepStatus
    attempts: int
    input: dict[str, Any] | None
    output: Any
    error: Fault | None
    next_at: Moment | None
    started_at: Moment
    finished_at: Moment | None


class RunDetail(RunRead):
    """``trigger`` is what started it, for admins and service keys."""

    trigger: dict[str, Any] | None
    steps: list[StepRead]


class RunPage(BaseModel):
    data: list[RunRead]
    page: CursorPage


class HookAnswer(BaseModel):
    """``run_id``: the run that was begun, or that the same message had begun before."""

    run_id: UUID
