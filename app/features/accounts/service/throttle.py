"""Slowing down those who guess, by what they try, whom they try it on, and where they are."""

from app.api.deps import Origin
from app.api.services import Services
from app.engine.identity.realms import Realm


async def begin_attempt(
    services: Services, realm: Realm, route: str, subject: str, origin: Origin
) -> None:
    """Count an attempt. Raises TooManyAttemptsError.

    ``route`` is a name of ours, never the path as it was spelt.
    """
    await services.attempts.begin(_route(realm, route), subject, origin.address)


async def attempt_succeeded(
    services: Services, realm: Realm, route: str, subject: str, origin: Origin
) -> None:
    """Forget the attempts that led to a success."""
    await services.attempts.succeeded(_route(realm, route), subject, origin.address)


def _route(realm: Realm, route: str) -> str:
    return f"{realm.audience} {route}"
