"""With whose rights something acts that no request stands behind: a webhook, a workflow."""

from dataclasses import replace
from typing import Final
from uuid import UUID, uuid4

from pydantic import ValidationError

from app.api.services import Services
from app.core.errors import InvalidError, Violation
from app.core.ids import parse_uuid
from app.engine.identity.admin_callers import find_anonymous
from app.engine.identity.principal import Caller, Principal, Project, Scope
from app.features.policies.schemas import Subject
from app.features.policies.subjects import caller_as

PROJECT: Final = "project"
"""Everything in the project, as a service key may; never round validations."""

_MEMBER = """
SELECT a.email, m.role FROM backendify.members m JOIN backendify.admins a ON a.id = m.admin_id
WHERE m.project_id = $1 AND m.admin_id = $2
"""
_ROLE = "SELECT true FROM backendify.roles WHERE project_id = $1 AND name = $2"
_KEY = """
SELECT scopes FROM backendify.api_keys
WHERE project_id = $1 AND id = $2 AND (expires_at IS NULL OR expires_at > now())
"""

_EVERYTHING: Final = (Scope("*", "*"),)


class ActorError(InvalidError):
    """``run_as`` names nobody, or somebody who may not act: one who is suspended or gone."""

    code = "run_as_invalid"


async def caller_acting_as(
    services: Services, project_id: UUID, run_as: str, name: str | None = None
) -> Caller:
    """The caller that ``project``, ``anonymous``, ``role:<name>`` or ``user:<id>`` stands for, as
    they are now, and ``member:<id>`` or ``api_key:<id>`` where somebody's deed is gone on with;
    ``name`` is the actor that the change log tells.

    Raises ActorError, ProjectNotFoundError (also where the project is archived).
    """
    anyone = await find_anonymous(services.database, str(project_id))
    if run_as == PROJECT:
        return Caller(Principal("api_key", uuid4(), scopes=_EVERYTHING, name=name), anyone.project)
    kind, _, named = run_as.partition(":")
    if kind in ("member", "api_key"):
        caller = await _console_caller(services, anyone.project, kind, named)
    else:
        caller = await _app_caller(services, anyone.project, run_as)
    return replace(caller, principal=replace(caller.principal, name=name))


async def check_run_as(services: Services, project_id: UUID, run_as: str) -> None:
    """Whether a definition may say so: a role there is, a user who may act. Raises ActorError."""
    kind, _, named = run_as.partition(":")
    if kind in ("member", "api_key"):
        raise _nobody(run_as)
    await caller_acting_as(services, project_id, run_as)
    if kind == "role" and not await services.database.owner.fetchval(_ROLE, project_id, named):
        raise _nobody(run_as)


def acting_for(actor: str | None) -> str:
    """The ``run_as`` that goes on with the deed of an actor of the change log."""
    kind, _, named = (actor or "anonymous").partition(":")
    return {"app_user": f"user:{named}", "admin_user": f"member:{named}"}.get(
        kind, f"{kind}:{named}" if named else kind
    )


async def _app_caller(services: Services, project: Project, run_as: str) -> Caller:
    catalog = await services.catalogs.current(project.id)
    try:
        caller = await caller_as(_subject(run_as), services.database, project, catalog)
    except (InvalidError, ValidationError):
        raise _nobody(run_as) from None
    if caller.principal.profile.get("status") == "suspended":
        raise _nobody(run_as)
    return caller


async def _console_caller(services: Services, project: Project, kind: str, named: str) -> Caller:
    try:
        party_id = parse_uuid(named)
    except ValueError:
        raise _nobody(f"{kind}:{named}") from None
    text = _MEMBER if kind == "member" else _KEY
    row = await services.database.owner.fetchrow(text, project.id, party_id)
    if row is None:
        raise _nobody(f"{kind}:{named}")
    if kind == "member":
        return Caller(Principal("admin_user", party_id, row["email"]), project, row["role"])
    scopes = tuple(Scope(*scope.rpartition(":")[::2]) for scope in row["scopes"])
    return Caller(Principal("api_key", party_id, scopes=scopes), project)


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
