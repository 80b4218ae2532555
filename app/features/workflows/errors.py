"""What can go wrong with workflows and runs."""

from uuid import UUID

from app.core.errors import ConflictError, InvalidError, NotFoundError


class WorkflowNotFoundError(NotFoundError):
    """The project has no such workflow."""

    code = "workflow_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such workflow in this project.")


class RunNotFoundError(NotFoundError):
    """The project has no such run, or has it no more."""

    code = "workflow_run_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such run in this project.")


class InvalidWorkflowError(InvalidError):
    """The definition cannot stand; ``errors`` says where and why."""

    code = "workflow_invalid"


class WorkflowNameTakenError(ConflictError):
    """Another workflow of the project has the name."""

    code = "workflow_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"Another workflow of this project is called {name!r}.")


class TooManyWorkflowsError(ConflictError):
    """The project has as many workflows as it may have."""

    code = "workflows_too_many"

    def __init__(self, most: int) -> None:
        super().__init__(f"A project has at most {most} workflows.")


class NotManualError(ConflictError):
    """The workflow is started by its trigger, not by hand."""

    code = "workflow_not_manual"

    def __init__(self, trigger: str) -> None:
        super().__init__(
            f"This workflow starts by {trigger}.",
            hint="Give it the trigger manual, or replay one of its runs.",
        )


class WorkflowDisabledError(ConflictError):
    """The workflow is disabled: nothing starts it."""

    code = "workflow_disabled"

    def __init__(self) -> None:
        super().__init__("The workflow is disabled.", hint="Enable it first.")


class RunStateError(ConflictError):
    """The run's status does not allow it."""

    code = "workflow_run_state"

    def __init__(self, status: str, wanted: str) -> None:
        super().__init__(f"The run is {status}; this takes one that is {wanted}.")


class RetriedAlreadyError(ConflictError):
    """The run was retried before; the hint names the run that goes on in its place."""

    code = "workflow_run_retried"

    def __init__(self, run_id: UUID) -> None:
        super().__init__("The run was retried already.", hint=f"See the run {run_id}.")


class UnknownStepError(InvalidError):
    """There is no step of that id to begin from."""

    code = "workflow_step_unknown"


class HookNotFoundError(NotFoundError):
    """No workflow has this URL."""

    code = "workflow_hook_not_found"

    def __init__(self) -> None:
        super().__init__("There is nothing at this URL.")
