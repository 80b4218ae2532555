"""The manifest of projects."""

from app.core.feature import Feature
from app.features.projects.router import router

FEATURE = Feature(
    name="projects",
    router=router,
    models=("app.features.projects.models",),
    tags=({"name": "projects", "description": "Projects and their settings."},),
)
