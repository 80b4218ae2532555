"""Why somebody may, who may do what, and what is likely wrong."""

from collections.abc import Sequence
from typing import Any

from app.api.services import Services
from app.engine.identity.principal import Caller, Principal, Scope
from app.engine.query.explain import Question
from app.engine.query.explain import explain as explain_decision
from app.features.policies.lint import lint
from app.features.policies.matrix import access_matrix
from app.features.policies.schemas import (
    ExplainRequest,
    Finding,
)
from app.features.policies.subjects import caller_as

MOST_KEYS = 50
_KEYS = "SELECT id, scopes FROM backendify.api_keys WHERE project_id = $1 ORDER BY id LIMIT $2"
_ROLES = "SELECT name FROM backendify.roles WHERE project_id = $1 ORDER BY name"


async def explain(services: Services, caller: Caller, wanted: ExplainRequest) -> dict[str, Any]:
    """Why somebody may, or may not."""
    catalog = await services.catalogs.refresh(caller.project.id)
    rules = await services.policies.current(catalog)
    subject = await caller_as(wanted.as_, services.database, caller.project, catalog)
    record_id = None if wanted.record_id is None else str(wanted.record_id)
    question = Question(wanted.collection, wanted.action, record_id, wanted.data)
    return await explain_decision(services.database, subject, catalog, rules, question)


async def matrix(services: Services, caller: Caller) -> dict[str, Any]:
    """Who may do what."""
    catalog = await services.catalogs.refresh(caller.project.id)
    rules = await services.policies.current(catalog)
    owner = services.database.owner
    rows = await owner.fetch(_KEYS, caller.project.id, MOST_KEYS)
    keys = [Principal("api_key", row["id"], scopes=_scopes(row["scopes"])) for row in rows]
    return access_matrix(rules, catalog, caller.project, keys, await _roles(services, caller))


async def list_findings(services: Services, caller: Caller) -> list[Finding]:
    """What the linter says."""
    catalog = await services.catalogs.refresh(caller.project.id)
    rules = await services.policies.current(catalog)
    return lint(rules, catalog, await _roles(services, caller))


async def _roles(services: Services, caller: Caller) -> list[str]:
    rows = await services.database.owner.fetch(_ROLES, caller.project.id)
    return [row["name"] for row in rows]


def _scopes(stored: Sequence[str]) -> tuple[Scope, ...]:
    return tuple(Scope(*each.rsplit(":", 1)) for each in stored)
