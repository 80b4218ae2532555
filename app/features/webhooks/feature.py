"""The manifest of webhooks."""

from app.core.event import LogReader
from app.core.feature import Feature
from app.features.webhooks import jobs
from app.features.webhooks.fan_out import READER, needs, take
from app.features.webhooks.router import router
from app.features.webhooks.service import find_role_use

FEATURE = Feature(
    name="webhooks",
    router=router,
    models=("app.features.webhooks.models",),
    log_readers=(LogReader(READER, take, needs),),
    background=(jobs.deliver_webhooks, jobs.clear_old_deliveries),
    role_uses=(find_role_use,),
    tags=({"name": "webhooks", "description": "Events sent to URLs, signed, until taken."},),
)
