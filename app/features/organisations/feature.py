"""The manifest of organisations."""

from fastapi import APIRouter

from app.core.feature import Feature
from app.features.organisations import member_router
from app.features.organisations.mail_kinds import MAIL_KINDS
from app.features.organisations.router import router as user_router

router = APIRouter()
router.include_router(user_router)
router.include_router(member_router.router)

FEATURE = Feature(
    name="organisations",
    router=router,
    tags=({"name": "organisations", "description": "Organisations of a project's users."},),
    mail_kinds=MAIL_KINDS,
)
