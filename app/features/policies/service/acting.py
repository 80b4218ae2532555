"""With whose rights something acts that no request stands behind: a webhook, a workflow."""

from dataclasses import replace
from typing import Final
from uuid import UUID, uuid4

from pydantic import ValidationError

from app.api.services import Services
from app.core.errors import InvalidError, Violation
from app.engine.identity.admin_callers import find_anonymous
from app.engine.identity.principal import Caller, Principal, Scope
from app.features.policies.schemas import Subject
from app.features.policies.subjects import caller_as

PROJECT: Final = "project"
"""Everything in the project, as a service key may; never round validations."""

_EVERYTHING: Final = (Scope("*", "*"),)


class ActorError(InvalidError):
    """``run_as`` names nobody, or somebody who may not act: one who is suspended or gone."""

    code = "run_as_invalid"


async def caller_acting_as(
    services: Services, project_id: UUID, run_as: str, name: str | None = None
) -> Caller:
    """The caller that ``project``, ``anonymous``, ``role:<name>`` or ``user:<id>`` stands for, as
    they are now; ``name`` is the actor that the change log tells.

    Raises ActorError, ProjectNotFoundError (also where the project is archived).
    """
    anyone = await find_anonymous(services.database, str(project_id))
    if run_as == PROJECT:
        return Caller(Principal("api_key", uuid4(), scopes=_EVERYTHING, name=name), anyone.project)
    catalog = await services.catalogs.current(project_id)
    try:
        subject = _subject(run_as)
        caller = await caller_as(subject, services.database, anyone.project, catalog)
    except (InvalidError, ValidationError):
        raise _nobody(run_as) from None
    if caller.principal.profile.get("status") == "suspended":
        raise _nobody(run_as)
    return replace(caller, principal=replace(caller.principal, name=name))


def _subject(run_as: str) -> Subject:
    kind, _, rest = run_as.partition(":")
    if kind == "user":
        return Subject.model_validate({"user_id": rest})
    if kind == "role":
        return Subject.model_validate({"role": rest})
    return Subject.model_validate({"anonymous": run_as == "anonymous" or None})


def _nobody(run_as: str) -> ActorError:
    message = f"{run_as[:80]!r} is nobody who may act here."
    hint = "Say project, anonymous, role:<name> or user:<id>."
    return ActorError(
        message, hint=hint, errors=[Violation("/run_as", "run_as_invalid", message, hint)]
    )
