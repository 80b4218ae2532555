"""``log``: a line in the run, and in the server's log."""

from typing import Annotated, Any, Final, Literal

import structlog
from pydantic import StringConstraints

from app.api.schemas import RequestBody
from app.core.action import Action, ActionContext

_SHOWN: Final = 500

log = structlog.get_logger(__name__)


class LogParams(RequestBody):
    message: Annotated[str, StringConstraints(max_length=10_000)]
    level: Literal["debug", "info", "warning", "error"] = "info"
    data: Any = None


async def write_line(context: ActionContext, given: LogParams) -> Any:
    """What was said. The server's log gets the message alone: ``data`` may hold anything."""
    line = log.bind(project_id=str(context.project_id), run_id=str(context.run_id))
    getattr(line, given.level)("workflow_said", message=given.message[:_SHOWN])
    return {"message": given.message, "level": given.level, "data": given.data}


LOG: Final = Action("log", "Writes a line into the run's history.", LogParams, write_line)
