"""Deleting like any record: what refers to it goes or stays by its relation's rule, each logged."""

from dataclasses import dataclass
from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.engine.identity.principal import Caller, Principal, Scope
from app.engine.query.pipeline import Call
from app.engine.query.writing import Writer


@dataclass(frozen=True, slots=True)
class _Entitled(Principal):
    """Somebody for whom the product has decided: with the rights of a service key, which no policy
    denies anything, and under their own name in the log."""

    said: str = ""

    @property
    def actor(self) -> str:
        return self.said


def entitled(caller: Caller) -> Caller:
    """Somebody who deletes what is theirs to delete, whatever the policies say."""
    who, everything = caller.principal, (Scope("*", "*"),)
    principal = _Entitled("api_key", who.id, scopes=everything, said=who.actor)
    return Caller(principal, caller.project)


async def delete_record(
    services: Services, caller: Caller, collection: str, record_id: UUID, origin: Origin
) -> None:
    """Raises RecordNotFoundError, RecordInUseError."""
    call = Call(caller, collection, request_id=origin.request_id, address=origin.address)
    await Writer(services.pipeline).delete(call, str(record_id))
