"""What the data routes need done when nobody asks."""

from app.api.services import Services
from app.engine.changes.relay import Relay


async def relay_changes(services: Services) -> None:
    """Number committed changes, in the order that every reader follows."""
    await Relay(services.database).run()
