"""The manifest of policies."""

from app.core.feature import Feature
from app.features.policies.router import router

FEATURE = Feature(
    name="policies",
    router=router,
    tags=({"name": "policies", "description": "Who may do what, and why."},),
)
