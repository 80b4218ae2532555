"""The manifest of the console's pages."""

from app.core.feature import Feature
from app.features.console.router import router
from app.features.console.serving import serve_lost

FEATURE = Feature(name="console", router=router, lost_page=serve_lost)
