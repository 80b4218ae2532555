"""The manifest of secrets."""

from app.core.feature import Feature
from app.features.secrets.router import router

FEATURE = Feature(
    name="secrets",
    router=router,
    models=("app.features.secrets.models",),
    tags=({"name": "secrets", "description": "Named values that are written and never read."},),
)
