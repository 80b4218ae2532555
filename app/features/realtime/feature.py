"""The manifest of realtime."""

from app.core.feature import Feature
from app.features.realtime.hub import open_hub
from app.features.realtime.router import NAME, router

FEATURE = Feature(
    name=NAME,
    router=router,
    models=("app.features.realtime.models",),
    holds=open_hub,
    tags=({"name": "realtime", "description": "Events as they happen."},),
)
