"""The manifest of the console's sign-in."""

from app.core.feature import Feature
from app.features.auth import jobs
from app.features.auth.router import router

FEATURE = Feature(
    name="auth",
    router=router,
    background=(jobs.clear_sessions,),
    models=("app.engine.identity.admins", "app.engine.changes.control_log"),
    tags=({"name": "auth", "description": "Accounts of the console."},),
)
