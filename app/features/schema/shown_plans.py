"""What a plan tells of stored rows, as far as a member may know of them.

Proposed rules are questions: how many rows break one tells, step by step, what the rows hold. So
admins are told everything, and everybody else of the collections that they may list whole.
"""

from collections.abc import Mapping, Set
from typing import Any

from app.api.deps import has_role
from app.engine.policy.model import Grant
from app.engine.query.pipeline import Call
from app.features.schema.service import Scope

Json = dict[str, Any]


async def shown_plan(scope: Scope, plan: Mapping[str, Any]) -> Json:
    """A plan, current or applied, as the caller may see it."""
    if has_role(scope.caller, "admin"):
        return dict(plan)
    catalog, access = await scope.services.pipeline.ground(Call(scope.caller, ""))
    collections = catalog.collections.values()
    return without_rows(plan, {c.id for c in collections if _is_whole(access.find(c, "list"))})


def without_rows(plan: Mapping[str, Any], known: Set[str]) -> Json:
    """The plan without what it says of rows of any collection but the ``known`` ones (ids).

    ``blocked`` is null where it could speak of such rows.
    """
    steps = [_shown_step(step, known) for step in plan.get("steps", ())]
    is_told = all(_is_known(step, known) for step in steps)
    return {
        **plan,
        "blocked": plan.get("blocked") if is_told else None,
        "steps": steps,
        "offenders": _shown_offenders(plan, known),
    }


def _shown_step(step: Mapping[str, Any], known: Set[str]) -> Json:
    told: Json = {**step, "offenders": _shown_offenders(step, known)}
    return told if _is_known(step, known) else told | {"rows": None, "table_bytes": None}


def _is_known(step: Mapping[str, Any], known: Set[str]) -> bool:
    return step.get("collection") is None or step["collection"] in known


def _shown_offenders(told: Mapping[str, Any], known: Set[str]) -> list[Any]:
    return [each for each in told.get("offenders", ()) if each["collection_id"] in known]


def _is_whole(grant: Grant | None) -> bool:
    return grant is not None and grant.rows is None and not grant.is_partial
