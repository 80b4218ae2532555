"""Who asks for a project's data: the one reading of a request's credentials, for the fast lane
and for FastAPI's routes alike."""

from starlette.types import Scope

from app.api.services import Services
from app.engine.identity.api_keys import check_address, credentials_of
from app.engine.identity.principal import Caller

Headers = dict[bytes, bytes]


async def find_data_caller(
    services: Services, scope: Scope, headers: Headers, project_ref: str
) -> Caller:
    """The caller, at hand or looked up; an API key is held to its networks on each request.

    Raises what ``Callers.resolve`` raises, and AddressRefusedError.
    """
    credentials = credentials_of(headers)
    callers = services.callers
    caller = callers.cached(credentials, project_ref) or await callers.resolve(
        credentials, project_ref
    )
    if caller.principal.networks:
        check_address(caller.principal, address_of(scope))
    return caller


def address_of(scope: Scope) -> str | None:
    """The client's address. Only a trusted proxy can have told another than the socket's."""
    client = scope.get("client")
    return client[0] if client else None
