"""The usual cases, each a set of policies made in one call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.errors import InvalidError, NotFoundError, Violation
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.policy.policy import USERS
from app.features.policies.schemas import PolicyWrite, TemplateUse

_READ = ["list", "read"]


class TemplateNotFoundError(NotFoundError):
    code = "policy_template_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such template.", hint=f"There are: {', '.join(TEMPLATES)}.")


class TemplateUseError(InvalidError):
    """The template needs something of the collection that is not there."""

    code = "policy_template_invalid"


@dataclass(frozen=True, slots=True)
class Template:
    """``asks`` names what it must be told besides the collection."""

    title: str
    description: str
    asks: tuple[str, ...]
    make: Callable[[TemplateUse, Collection, Catalog], list[dict[str, Any]]]


def make_from_template(name: str, use: TemplateUse, catalog: Catalog) -> list[PolicyWrite]:
    """The policies of a template for a collection. Raises TemplateUseError."""
    template = TEMPLATES.get(name)
    if template is None:
        raise TemplateNotFoundError
    collection = catalog.find_collection(use.collection)
    if collection is None:
        raise _fault("/collection", "There is no such collection.")
    for asked in template.asks:
        if getattr(use, asked) is None:
            raise _fault(f"/{asked}", f"This template must be told a {asked}.")
    made = template.make(use, collection, catalog)
    return [PolicyWrite(collection=collection.name, **each) for each in made]


def _public_read(_use: TemplateUse, collection: Collection, _catalog: Catalog) -> list[Any]:
    return [
        {
            "name": f"everyone reads {collection.name}",
            "actions": _READ,
            "principals": ["anonymous", "app_user"],
        }
    ]


def _owner_only(use: TemplateUse, collection: Collection, catalog: Catalog) -> list[Any]:
    owner = _relation(use.field, collection, catalog, USERS)
    mine = {owner.name: "$user.id"}
    return [
        {
            "name": f"owners see, change and delete their {collection.name}",
            "actions": [*_READ, "update", "delete"],
            "principals": ["app_user"],
            "where": mine,
        },
        {
            "name": f"users create {collection.name} of their own",
            "actions": ["create"],
            "principals": ["app_user"],
            "check": mine,
            "presets": {owner.name: "$user.id"},
        },
    ]


def _members_of_organisation(
    use: TemplateUse, collection: Collection, catalog: Catalog
) -> list[Any]:
    org = _relation(use.field, collection, catalog, None)
    target = catalog.target(org)
    path = _membership_path(target, catalog)
    return [
        {
            "name": f"members of an organisation share its {collection.name}",
            "actions": ["*"],
            "principals": ["app_user"],
            "where": {f"{org.name}__{path}": "$user.id"},
        }
    ]


def _role(use: TemplateUse, collection: Collection, _catalog: Catalog) -> list[Any]:
    return [
        {
            "name": f"{use.role} may do anything with {collection.name}",
            "actions": ["*"],
            "principals": [f"role:{use.role}"],
        }
    ]


def _membership_path(organisation: Collection, catalog: Catalog) -> str:
    """From an organisation to its members' user ids: through its relation ``members`` or
    ``memberships``, to users themselves or to records that each lead to one."""
    for name in ("members", "memberships"):
        field = organisation.find_field(name)
        if field is None or field.relation is None or field.is_belongs_to:
            continue
        target = catalog.target(field)
        if target.name == USERS:
            return f"{field.name}__id"
        for inner in target.fields.values():
            if inner.is_belongs_to and catalog.target(inner).name == USERS:
                return f"{field.name}__{inner.column}"
    raise _fault(
        "/field", f"{organisation.name!r} has no relation members that leads to its users."
    )


def _relation(
    name: str | None, collection: Collection, catalog: Catalog, target: str | None
) -> Field:
    field = collection.find_field(name or "")
    if field is None or not field.is_belongs_to:
        raise _fault("/field", f"{collection.name!r} has no relation {name!r} to one record.")
    if target is not None and catalog.target(field).name != target:
        raise _fault("/field", f"{name!r} does not lead to {target}.")
    return field


def _fault(pointer: str, message: str) -> TemplateUseError:
    return TemplateUseError(message, errors=[Violation(pointer, "template", message)])


TEMPLATES: dict[str, Template] = {
    "public_read": Template(
        "Public read",
        "Everyone reads every record, signed in or not; nobody writes.",
        (),
        _public_read,
    ),
    "owner_only": Template(
        "Owner only",
        "Users create records of their own, and see, change and delete only those.",
        ("field",),
        _owner_only,
    ),
    "members_of_organisation": Template(
        "Members of an organisation",
        "Whoever is a member of the record's organisation may do anything with it.",
        ("field",),
        _members_of_organisation,
    ),
    "role": Template(
        "By role", "Users of a role may do anything with the records.", ("role",), _role
    ),
}
