"""Whether a plan may be carried out: nothing in its way, and confirmed if it costs data."""

from typing import TYPE_CHECKING

from app.engine.schema.errors import (
    SchemaCastFailedError,
    SchemaDataConflictError,
    SchemaPlanChangedError,
    SchemaUnsafeChangeError,
)

if TYPE_CHECKING:
    from app.engine.schema.apply import Preview


def check_gate(preview: "Preview", *, plan_hash: str | None, confirm: str | None) -> None:
    """Raise unless the plan may run: it is the one that was looked at, no row breaks a rule, what
    needs a yes has one, every value can be cast.
    """
    if plan_hash is not None and plan_hash != preview.plan.plan_hash:
        raise SchemaPlanChangedError(preview.as_json())
    blocking = [o for o in preview.offenders if o["blocks"] and o["count"]]
    rules = [o for o in blocking if o["rule"] != "cast"]
    if rules:
        raise SchemaDataConflictError(rules, preview.as_json())
    if preview.plan.needs_confirmation and confirm != preview.plan.plan_hash:
        raise SchemaUnsafeChangeError(preview.as_json(), stale_confirm=confirm is not None)
    casts = [o for o in blocking if o["rule"] == "cast"]
    if casts:
        raise SchemaCastFailedError(casts)
