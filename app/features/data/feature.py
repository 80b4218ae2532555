"""The manifest of the data routes."""

from app.core.feature import Feature
from app.features.data.background import check_relay, relay_changes, sweep_keys
from app.features.data.router import router

FEATURE = Feature(
    name="data",
    router=router,
    models=("app.engine.changes.log_cursor",),
    background=(relay_changes, sweep_keys),
    health={"relay": check_relay},
    tags=(
        {"name": "data", "description": "The records of a project's collections."},
        {"name": "changes", "description": "What happened to them."},
    ),
)
