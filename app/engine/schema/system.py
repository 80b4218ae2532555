"""The system collections that every project has, and how a system object is told from a user's.

System objects have ids that begin with ``sys_``: fixed, the same in every project.
"""

from app.engine.catalog.model import Collection, Field, make_collection
from app.engine.catalog.snapshot import system_fields

PREFIX = "sys_"
USERS_ID = "sys_users"


def is_system(object_id: str) -> bool:
    """Whether a collection or field belongs to the product, not to the project's owner."""
    return object_id.startswith(PREFIX)


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
            _field("email", "email", unique=True, read_only=True),
            _field("name", "string"),
            _field(
                "email_verified",
                "boolean",
                required=True,
                has_default=True,
                default=False,
                read_only=True,
            ),
            _field(
                "status",
                "enum",
                required=True,
                values=("active", "suspended"),
                has_default=True,
                default="active",
                read_only=True,
            ),
            _field(
                "roles",
                "array",
                items="string",
                required=True,
                has_default=True,
                default=[],
                read_only=True,
            ),
            _field("last_login_at", "datetime", read_only=True),
        ),
    )


def _field(name: str, type_name: str, **options: object) -> Field:
    return Field(f"{USERS_ID}_{name}", name, type_name, name, **options)  # type: ignore[arg-type]  # options of Field
