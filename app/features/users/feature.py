"""The manifest of app users."""

from fastapi import APIRouter

from app.core.feature import Feature
from app.features.users import account_router, member_router, second_factors
from app.features.users.mail_kinds import MAIL_KINDS
from app.features.users.notice_kinds import NOTICE_KINDS
from app.features.users.oauth import router as oauth
from app.features.users.router import router as open_router

router = APIRouter()
for part in (
    open_router,
    account_router.router,
    member_router.router,
    second_factors.router,
    oauth.router,
    oauth.callbacks,
):
    router.include_router(part)

FEATURE = Feature(
    name="users",
    router=router,
    models=("app.features.users.models",),
    tags=(
        {"name": "app auth", "description": "How a project's users sign up and in."},
        {"name": "users", "description": "A project's users, roles and invitations."},
    ),
    mail_kinds=(*MAIL_KINDS, *NOTICE_KINDS),
)
