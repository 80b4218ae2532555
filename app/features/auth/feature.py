"""The manifest of the console's sign-in."""

from app.core.feature import Feature
from app.features.auth.mails import MAIL_KINDS
from app.features.auth.router import router
from app.features.auth.second_factors import second_factors

router.include_router(second_factors)

FEATURE = Feature(
    name="auth",
    router=router,
    models=("app.engine.identity.admins", "app.engine.changes.control_log"),
    tags=({"name": "auth", "description": "Accounts of the console."},),
    mail_kinds=MAIL_KINDS,
)
