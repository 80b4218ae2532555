"""The manifest of the data routes."""

from app.core.feature import Feature
from app.features.data.actions import ACTIONS
from app.features.data.background import check_relay, relay_changes, sweep_keys
from app.features.data.monitor import check_logs, watch_logs
from app.features.data.retention import keep_retention
from app.features.data.router import router

FEATURE = Feature(
    name="data",
    router=router,
    models=("app.engine.changes.log_cursor",),
    background=(relay_changes, sweep_keys, keep_retention),
    reports={"relay": check_relay, "log": check_logs},
    holds=watch_logs,
    actions=ACTIONS,
    tags=(
        {"name": "data", "description": "The records of a project's collections."},
        {"name": "changes", "description": "What happened to them."},
    ),
)
