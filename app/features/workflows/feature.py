"""The manifest of workflows."""

from app.core.event import LogReader
from app.core.feature import Feature
from app.features.workflows import jobs
from app.features.workflows.actions.http import HTTP_REQUEST
from app.features.workflows.actions.log import LOG
from app.features.workflows.actions.workflow import RUN_WORKFLOW
from app.features.workflows.router import router
from app.features.workflows.service import find_role_use
from app.features.workflows.starting import READER, take

FEATURE = Feature(
    name="workflows",
    router=router,
    models=("app.features.workflows.models",),
    log_readers=(LogReader(READER, take),),
    background=(jobs.run_workflows, jobs.fire_schedules, jobs.clear_old_runs),
    role_uses=(find_role_use,),
    actions=(HTTP_REQUEST, LOG, RUN_WORKFLOW),
    tags=({"name": "workflows", "description": "Steps that events, times and people start."},),
)
