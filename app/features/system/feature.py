"""The manifest of the probes."""

from app.core.feature import Feature
from app.features.system.router import router

FEATURE = Feature(
    name="system",
    router=router,
    tags=({"name": "system", "description": "Probes and metrics."},),
)
