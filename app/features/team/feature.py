"""The manifest of members and invitations."""

from app.core.feature import Feature
from app.features.team.router import router

FEATURE = Feature(
    name="team",
    router=router,
    models=("app.features.team.models",),
    tags=({"name": "team", "description": "Members of a project and invitations to it."},),
)
