"""The manifest of a project's figures."""

from app.core.feature import Feature
from app.features.metrics.counting import store_counts, sweep_minutes
from app.features.metrics.router import router

FEATURE = Feature(
    name="metrics",
    router=router,
    models=("app.features.metrics.models",),
    background=(sweep_minutes,),
    holds=store_counts,
    tags=({"name": "metrics", "description": "How much is asked of a project, and its size."},),
)
