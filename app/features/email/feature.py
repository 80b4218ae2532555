"""The manifest of e-mail."""

from app.core.feature import Feature
from app.features.email import jobs
from app.features.email.actions import ACTIONS, WORKFLOW_MAIL
from app.features.email.kinds import TEST_MAIL
from app.features.email.router import router

FEATURE = Feature(
    name="email",
    router=router,
    models=("app.features.email.models",),
    background=(jobs.send_mails, jobs.clear_old_mails),
    mail_kinds=(TEST_MAIL, WORKFLOW_MAIL),
    actions=ACTIONS,
    tags=({"name": "email", "description": "Mails, their templates, the development mailbox."},),
)
