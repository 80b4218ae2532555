"""From a catalog and a caller's access to the project's shape: only what the caller may use."""

from collections.abc import Iterator

from app.engine.catalog.field_types import field_type
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.policy.model import ACTIONS, Access, Grant
from app.engine.query.plan import never_null
from app.features.codegen.shapes import (
    CollectionShape,
    FieldShape,
    InputShape,
    ProjectShape,
    RelationShape,
    Schema,
    Step,
)

_LINK_OPERATORS = ("any", "eq", "in", "isnull")
_STEPS: dict[str, Step] = {
    "int": "$inc", "float": "$inc", "decimal": "$inc", "array": "$append",
}  # fmt: skip


def describe_catalog(catalog: Catalog, access: Access, slug: str) -> ProjectShape:
    """Every collection that the caller may reach. Pure."""
    collections = (_collection(each, catalog, access) for each in catalog.collections.values())
    return ProjectShape(slug, catalog.version, tuple(c for c in collections if c is not None))


def _collection(collection: Collection, catalog: Catalog, access: Access) -> CollectionShape | None:
    grants = {action: access.find(collection, action) for action in ACTIONS}
    actions = frozenset(action for action, grant in grants.items() if grant is not None)
    if not actions:
        return None
    read = grants["read"] or grants["list"]
    fields = tuple(_fields(collection, read)) if read else ()
    return CollectionShape(
        name=collection.name,
        fields=fields,
        relations=tuple(_relations(collection, catalog, access, read)) if read else (),
        creates=tuple(_inputs(collection, grants["create"], creating=True)),
        updates=tuple(_inputs(collection, grants["update"], creating=False)),
        keys=tuple(dict.fromkeys(_keys(collection, {field.key for field in fields}))),
        actions=actions,
        description=collection.description or collection.label,
    )


def _fields(collection: Collection, grant: Grant) -> Iterator[FieldShape]:
    for field in collection.fields.values():
        if field.hidden or not grant.may_touch(field.id):
            continue
        if field.is_stored:
            yield _stored(field, grant)
        elif field.relation is not None and field.relation.kind == "many_to_many":
            yield FieldShape(
                key=field.name,
                value={"type": "array", "items": _value(field)},
                nullable=field.id in grant.masks,
                operators=_LINK_OPERATORS,
                sortable=False,
                is_links=True,
                description=_told(field),
            )


def _stored(field: Field, grant: Grant) -> FieldShape:
    kind = field_type(field)
    return FieldShape(
        key=field.column,
        value=_value(field),
        nullable=not never_null(field) or field.id in grant.masks,
        operators=tuple(sorted(kind.operators)),
        sortable=kind.sortable,
        alias=field.name if field.name != field.column else None,
        description=_told(field),
    )


def _relations(
    collection: Collection, catalog: Catalog, access: Access, grant: Grant
) -> Iterator[RelationShape]:
    """Where nothing of the other collection is seen, it is not named."""
    for field in collection.fields.values():
        if field.relation is None or field.hidden or not grant.may_touch(field.id):
            continue
        target = catalog.target(field)
        if access.find(target, "read" if field.is_belongs_to else "list") is None:
            continue
        key = target.fields["id"]
        yield RelationShape(field.name, field.relation.kind, target.name, _value(key), _told(field))


def _inputs(collection: Collection, grant: Grant | None, *, creating: bool) -> Iterator[InputShape]:
    if grant is None:
        return
    for field in collection.fields.values():
        if not _is_settable(field, grant, creating=creating):
            continue
        value = _value(field)
        yield InputShape(
            key=field.column or field.name,
            value=value if field.is_stored else {"type": "array", "items": value},
            nullable=field.is_stored and not field.required and field.id != "id",
            required=creating and _is_required(field, collection, grant),
            step=None if creating else _STEPS.get(field.type),
            description=_told(field),
        )


def _is_settable(field: Field, grant: Grant, *, creating: bool) -> bool:
    is_others = field.relation is not None and field.relation.kind == "has_many"
    if field.read_only or is_others or (field.id == "id" and not creating):
        return False
    return any(rule.takes((field.id,)) for rule in grant.rules)


def _is_required(field: Field, collection: Collection, grant: Grant) -> bool:
    """Whether a create must name it: neither a default nor a policy sets it."""
    if field.id == "id":
        return collection.id_type == "text"
    is_preset = any(field.id in rule.presets for rule in grant.rules)
    return field.required and not field.has_default and not is_preset


def _keys(collection: Collection, readable: set[str]) -> Iterator[str]:
    for ids in collection.unique_keys:
        names = [collection.by_id[each].column for each in ids]
        if readable.issuperset(names):
            yield ",".join(names)


def _value(field: Field) -> Schema:
    return field_type(field).json_schema(field)


def _told(field: Field) -> str | None:
    return field.description or field.label
