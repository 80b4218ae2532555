"""Deleting like any record: what refers to it goes or stays by its relation's rule, each logged."""

from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.engine.identity.principal import Caller, Principal, Scope
from app.engine.query.pipeline import Call
from app.engine.query.writing import Writer


def entitled(caller: Caller) -> Caller:
    """Somebody for whom the product has decided: with the rights of a service key, which no policy
    denies anything, and under their own name in the log."""
    who, everything = caller.principal, (Scope("*", "*"),)
    principal = Principal("api_key", who.id, scopes=everything, name=who.actor)
    return Caller(principal, caller.project)


async def delete_record(
    services: Services, caller: Caller, collection: str, record_id: UUID, origin: Origin
) -> None:
    """Raises RecordNotFoundError, RecordInUseError."""
    call = Call(caller, collection, request_id=origin.request_id, address=origin.address)
    await Writer(services.pipeline).delete(call, str(record_id))
