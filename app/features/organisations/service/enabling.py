"""Turning organisations on: the two collections and the policies they begin with, at once."""

from typing import Final

from app.api.deps import Origin
from app.api.services import Services
from app.core.ids import uuid7
from app.engine.catalog.model import Catalog
from app.engine.identity.principal import Caller, Project
from app.engine.policy.model import Action
from app.engine.policy.policy import PRINCIPALS, Policy
from app.engine.schema.apply import Wish
from app.engine.schema.desired.aliases import carry_aliases
from app.engine.schema.edits import put_collection, refreshed_keys
from app.engine.schema.errors import SchemaExistsError
from app.engine.schema.record import Connection
from app.engine.schema.system import MEMBERSHIPS_ID, ORGS_ID, organisation_collections
from app.features.organisations.schemas import OrganisationsState
from app.features.organisations.service.errors import OrganisationsDisabledError
from app.features.policies.service.definitions import insert_policies
from app.features.schema import service as schemas

_SEES: Final[frozenset[Action]] = frozenset({"list", "read"})
_COME_AND_GO: Final[frozenset[Action]] = frozenset({"create", "delete"})
_MEMBERS: Final = f"#{ORGS_ID}_members__#{MEMBERSHIPS_ID}_user.id"


async def read_state(services: Services, project: Project) -> OrganisationsState:
    catalog = await services.catalogs.current(project.id)
    return OrganisationsState(enabled=_is_enabled(catalog))


async def require_enabled(services: Services, project: Project) -> Catalog:
    """The catalog. Raises OrganisationsDisabledError."""
    catalog = await services.catalogs.current(project.id)
    if not _is_enabled(catalog):
        raise OrganisationsDisabledError
    return catalog


async def enable(services: Services, caller: Caller, origin: Origin) -> OrganisationsState:
    """Add the collections, unless they are there. Raises SchemaExistsError for a taken name."""
    request_id = origin.request_id

    async def add_policies(connection: Connection, _catalog: Catalog) -> None:
        await insert_policies(connection, caller, _default_policies(), request_id)

    wish = Wish(_with_organisations, check=add_policies, summary="Turn organisations on")
    await schemas.apply_wish(schemas.Scope(services, caller, request_id), wish)
    await services.policies.refresh(caller.project.id)
    return OrganisationsState(enabled=True)


def _is_enabled(catalog: Catalog) -> bool:
    return MEMBERSHIPS_ID in catalog.by_id


def _with_organisations(current: Catalog) -> Catalog:
    wanted = current
    for collection in organisation_collections():
        if collection.id in current.by_id:
            continue
        if collection.name in current.collections:
            raise SchemaExistsError(
                f"There is a collection {collection.name!r} already.",
                hint="Rename it: its former name stops working then.",
            )
        wanted = put_collection(wanted, collection)
    return carry_aliases(current, refreshed_keys(wanted))


def _default_policies() -> tuple[Policy, ...]:
    """Members see their organisations, and who else is a member of them.

    Whoever comes and goes does so by the routes of organisations, with their rules, whatever other
    policies, roles and scopes allow; a service key alone passes policies. Organisations
    themselves are records that members of the console keep like any.
    """
    users = ("anonymous", "app_user", "api_key")
    return (
        _kept("memberships change by the routes of organisations", MEMBERSHIPS_ID, PRINCIPALS),
        _kept("organisations come and go by their routes", ORGS_ID, users),
        _seen("members see their organisations", ORGS_ID, _MEMBERS),
        _seen(
            "members see the memberships of their organisations",
            MEMBERSHIPS_ID,
            f"#{MEMBERSHIPS_ID}_org__{_MEMBERS}",
        ),
    )


def _kept(name: str, collection_id: str, principals: tuple[str, ...]) -> Policy:
    return Policy(uuid7(), name, collection_id, _COME_AND_GO, principals, effect="deny")


def _seen(name: str, collection_id: str, path: str) -> Policy:
    where = {path: "$user.#id"}
    return Policy(uuid7(), name, collection_id, _SEES, ("app_user",), where=where)
