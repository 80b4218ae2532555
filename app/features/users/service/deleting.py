"""Deleting like any record: what refers to it goes or stays by its relation's rule, each logged."""

from uuid import UUID

from app.api.deps import Origin
from app.api.services import Services
from app.engine.identity.principal import Caller, Principal
from app.engine.query.pipeline import Call
from app.engine.query.writing import Writer


class _Entitled(Principal):
    """A user for whom the product has decided: with a member's rights, under their own name in
    the log."""

    __slots__ = ()

    @property
    def actor(self) -> str:
        return f"app_user:{self.id}"


def entitled(user: Caller) -> Caller:
    """An app user who deletes what is theirs, whatever the policies say."""
    return Caller(_Entitled("admin_user", user.principal.id), user.project, role="admin")


async def delete_record(
    services: Services, caller: Caller, collection: str, record_id: UUID, origin: Origin
) -> None:
    """Raises RecordNotFoundError, RecordInUseError."""
    call = Call(caller, collection, request_id=origin.request_id, address=origin.address)
    await Writer(services.pipeline).delete(call, str(record_id))
