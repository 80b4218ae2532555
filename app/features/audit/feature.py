"""The manifest of the audit routes."""

from app.core.feature import Feature
from app.features.audit.router import router

FEATURE = Feature(
    name="audit",
    router=router,
    tags=({"name": "audit", "description": "Who did what, and when."},),
)
