"""Who asks for a project's data: the one reading of a request's credentials, for the fast lane
and for FastAPI's routes alike."""

from starlette.types import Scope

from app.api.rate_limits import Group
from app.api.services import Services
from app.engine.identity.api_keys import check_address, credentials_of
from app.engine.identity.principal import Caller

Headers = dict[bytes, bytes]


async def find_data_caller(
    services: Services, scope: Scope, headers: Headers, project_ref: str, group: Group
) -> Caller:
    """The caller, at hand or looked up; the request counts in ``group``.

    Raises what ``Callers.resolve`` raises, AddressRefusedError, TooManyRequestsError.
    """
    credentials = credentials_of(headers)
    callers = services.callers
    caller = callers.cached(credentials, project_ref) or await callers.resolve(
        credentials, project_ref
    )
    if caller.principal.networks:
        check_address(caller.principal, address_of(scope))
    await services.limits.count(caller, group, address_of(scope), scope["state"])
    return caller


def address_of(scope: Scope) -> str | None:
    """The client's address. Only a trusted proxy can have told another than the socket's."""
    client = scope.get("client")
    return client[0] if client else None
