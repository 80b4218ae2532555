"""The system collections of projects, and how a system object is told from a user's.

Every project has ``users``; ``orgs`` and ``memberships`` come when they are asked for. System
objects have ids that begin with ``sys_``: fixed, the same in every project.
"""

from typing import Literal

from app.engine.catalog.model import Collection, Field, Index, Relation, make_collection
from app.engine.catalog.snapshot import system_fields

PREFIX = "sys_"
USERS_ID = "sys_users"
ORGS_ID = "sys_orgs"
MEMBERSHIPS_ID = "sys_memberships"
ORG_ROLES = ("owner", "admin", "member")
"""From the most to the least."""


def is_system(object_id: str) -> bool:
    """Whether a collection or field belongs to the product, not to the project's owner."""
    return object_id.startswith(PREFIX)


def keeps_creators(collection_id: str) -> bool:
    """Whether it is the product's to say that the collection records who creates its records."""
    return collection_id == ORGS_ID


def kept_indexes(collection: Collection) -> tuple[Index, ...]:
    """The composite indexes that belong to the product."""
    return tuple(index for index in collection.indexes if is_system(index.id))


def users_collection() -> Collection:
    """App users: a normal relation target that owners extend with fields of their own.

    What decides about signing in is read-only to data requests: it changes through the routes of
    accounts alone. An anonymous user has no e-mail address.
    """
    return make_collection(
        id=USERS_ID,
        name="users",
        table="users",
        label="Users",
        system=True,
        fields=(
            *system_fields("uuid", created_by=False),
            _of_users("email", "email", unique=True, read_only=True),
            _of_users("name", "string"),
            _of_users(
                "email_verified",
                "boolean",
                required=True,
                has_default=True,
                default=False,
                read_only=True,
            ),
            _of_users(
                "status",
                "enum",
                required=True,
                values=("active", "suspended"),
                has_default=True,
                default="active",
                read_only=True,
            ),
            _of_users(
                "roles",
                "array",
                items="string",
                required=True,
                has_default=True,
                default=[],
                read_only=True,
            ),
            _of_users("last_login_at", "datetime", read_only=True),
        ),
    )


def organisation_collections() -> tuple[Collection, Collection]:
    """``orgs`` and ``memberships``, which lead to each other.

    Who is a member, and as what, is read-only to data requests: it changes through the routes of
    organisations alone. Owners extend both with fields of their own.
    """
    return _orgs(), _memberships()


def _orgs() -> Collection:
    members = Relation("has_many", MEMBERSHIPS_ID, via=f"{MEMBERSHIPS_ID}_org")
    return make_collection(
        id=ORGS_ID,
        name="orgs",
        table="orgs",
        label="Organisations",
        system=True,
        created_by=True,
        fields=(
            *system_fields("uuid", created_by=True),
            _field(ORGS_ID, "name", "string", required=True, max_length=200),
            _field(ORGS_ID, "slug", "string", unique=True, max_length=63),
            Field(f"{ORGS_ID}_members", "members", "relation", "", relation=members, items="uuid"),
        ),
    )


def _memberships() -> Collection:
    fields = (
        _link("org", ORGS_ID, "cascade"),
        _link("user", USERS_ID, "cascade"),
        _field(
            MEMBERSHIPS_ID,
            "role",
            "enum",
            required=True,
            values=ORG_ROLES,
            has_default=True,
            default="member",
            read_only=True,
        ),
    )
    key = Index(f"{MEMBERSHIPS_ID}_key", (fields[0].id, fields[1].id), unique=True)
    return make_collection(
        id=MEMBERSHIPS_ID,
        name="memberships",
        table="memberships",
        label="Memberships",
        system=True,
        indexes=(key,),
        fields=(*system_fields("uuid", created_by=False), *fields),
    )


def _link(name: str, to: str, on_delete: Literal["cascade"]) -> Field:
    return Field(
        f"{MEMBERSHIPS_ID}_{name}",
        name,
        "relation",
        f"{name}_id",
        required=True,
        read_only=True,
        relation=Relation("belongs_to", to, on_delete=on_delete),
        items="uuid",
    )


def _of_users(name: str, type_name: str, **options: object) -> Field:
    return _field(USERS_ID, name, type_name, **options)


def _field(collection_id: str, name: str, type_name: str, **options: object) -> Field:
    return Field(f"{collection_id}_{name}", name, type_name, name, **options)  # type: ignore[arg-type]  # options of Field
