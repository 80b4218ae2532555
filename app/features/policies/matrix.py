"""Who may do what: each principal, collection and action, with the fields."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.core.ids import uuid7
from app.engine.catalog.model import Catalog, Collection
from app.engine.identity.principal import Caller, Principal, Project
from app.engine.policy.authorize import Rules
from app.engine.policy.channels import CHANNEL_ACTIONS, CHANNELS
from app.engine.policy.model import ACTIONS, Grant
from app.engine.policy.policy import ROLE


def access_matrix(
    rules: Rules,
    catalog: Catalog,
    project: Project,
    keys: Iterable[Principal],
    roles: Iterable[str],
) -> dict[str, Any]:
    """``rows`` of ``{principal, collection, actions: {list: {allowed, fields, …}}}``.

    ``allowed`` is all, some (conditions choose the records) or none.
    """
    rows = []
    for label, caller in _callers(rules, project, keys, roles):
        access = rules.access(caller)
        for collection in (*catalog.collections.values(), CHANNELS):
            names = rules.principals_of(caller.principal)
            actions = {
                action: _cell(access.find(collection, action), collection)
                | {"policies": [str(p.policy.id) for p in rules.of(collection, action, names)]}
                for action in (CHANNEL_ACTIONS if collection is CHANNELS else ACTIONS)
            }
            rows.append({"principal": label, "collection": collection.name, "actions": actions})
    return {"principals": list(dict.fromkeys(row["principal"] for row in rows)), "rows": rows}


def _callers(
    rules: Rules, project: Project, keys: Iterable[Principal], roles: Iterable[str]
) -> Iterator[tuple[str, Caller]]:
    yield "anonymous", Caller(Principal("anonymous"), project)
    yield "app_user (unverified)", Caller(Principal("app_user", uuid7()), project)
    yield "app_user", Caller(Principal("app_user", uuid7(), verified=True), project)
    spoken = {p[len(ROLE) :] for b in rules.bound for p in b.policy.principals if ROLE in p}
    for role in sorted({*spoken, *roles}):
        user = Principal("app_user", uuid7(), roles=(role,), verified=True)
        yield f"role:{role}", Caller(user, project)
    for key in keys:
        yield f"api_key:{key.id}", Caller(key, project)
    for member in ("viewer", "editor", "admin", "owner"):
        yield f"member:{member}", Caller(Principal("admin_user", uuid7()), project, member)


def _cell(grant: Grant | None, collection: Collection) -> dict[str, Any]:
    if grant is None:
        return {"allowed": "none", "fields": [], "some_records_only": [], "presets": []}
    conditional = grant.rows is not None or bool(grant.denials)
    conditional = conditional or any(rule.check is not None for rule in grant.rules)
    presets = sorted({key for rule in grant.rules for key in rule.presets})
    return {
        "allowed": "some" if conditional else "all",
        "fields": None if grant.fields is None else _names(grant.fields, collection),
        "some_records_only": _names(frozenset(grant.masks), collection),
        "presets": _names(frozenset(presets), collection),
    }


def _names(field_ids: frozenset[str], collection: Collection) -> list[str]:
    return [field.name for field in collection.fields.values() if field.id in field_ids]
