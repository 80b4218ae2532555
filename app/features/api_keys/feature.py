"""The manifest of API keys."""

from app.core.feature import Feature
from app.features.api_keys.router import router

FEATURE = Feature(
    name="api_keys",
    router=router,
    models=("app.features.api_keys.models",),
    tags=({"name": "api keys", "description": "What a project's servers sign in with."},),
)
