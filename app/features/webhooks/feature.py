"""The manifest of webhooks."""

from app.core.event import LogReader
from app.core.feature import Feature
from app.features.webhooks import jobs
from app.features.webhooks.fan_out import READER, take
from app.features.webhooks.router import router

FEATURE = Feature(
    name="webhooks",
    router=router,
    models=("app.features.webhooks.models",),
    log_readers=(LogReader(READER, take),),
    background=(jobs.deliver_webhooks, jobs.clear_old_deliveries),
    tags=({"name": "webhooks", "description": "Events sent to URLs, signed, until taken."},),
)
