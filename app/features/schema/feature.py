"""The manifest of schemas."""

from app.core.feature import Feature
from app.features.schema.jobs import purge_dropped, run_online_changes
from app.features.schema.router import router

FEATURE = Feature(
    name="schema",
    router=router,
    background=(run_online_changes, purge_dropped),
    tags=(
        {"name": "schema", "description": "A project's schema: plan, apply, history, drift."},
        {"name": "collections", "description": "Single collections and their fields."},
    ),
)
