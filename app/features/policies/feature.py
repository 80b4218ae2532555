"""The manifest of policies."""

from app.core.feature import Feature
from app.features.policies.router import router
from app.features.policies.service.definitions import find_role_use

FEATURE = Feature(
    name="policies",
    router=router,
    role_uses=(find_role_use,),
    tags=({"name": "policies", "description": "Who may do what, and why."},),
)
