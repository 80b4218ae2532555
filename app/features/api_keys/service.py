"""Making, changing and revoking API keys.

Keys belong to the project: they go on when whoever made them leaves. Making one takes the role
admin, which may do all that a scope can say, so that no key has more rights than its maker.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.paging import PageInfo, Paging, fetch_page
from app.api.services import Services
from app.core.clock import utc_now
from app.core.ids import uuid7
from app.engine.catalog.model import Catalog
from app.engine.changes.control_log import append_control_entry
from app.engine.identity.access import announce_access_change
from app.engine.identity.api_keys import make_key
from app.engine.identity.principal import Caller
from app.features.api_keys.errors import ApiKeyNotFoundError
from app.features.api_keys.models import ApiKey
from app.features.api_keys.schemas import ApiKeyCreate, ApiKeyCreated, ApiKeyRead, ApiKeyUpdate
from app.features.api_keys.scopes import show_scopes, store_scopes


async def create_key(
    session: AsyncSession, services: Services, caller: Caller, data: ApiKeyCreate
) -> ApiKeyCreated:
    """Make a key. Raises InvalidScopesError."""
    catalog = await services.catalogs.refresh(caller.project.id)
    key_id = uuid7()
    text, secret_hash = make_key(key_id)
    key = ApiKey(
        id=key_id,
        project_id=caller.project.id,
        name=data.name,
        scopes=store_scopes(data.scopes, catalog),
        networks=data.networks,
        secret_hash=secret_hash,
        created_by=caller.principal.id,
        expires_at=data.expires_at,
    )
    session.add(key)
    await _settle(session, caller, key, "key.created", scopes=key.scopes)
    return ApiKeyCreated(**_read(key, catalog).model_dump(), key=text)


async def list_keys(
    session: AsyncSession, services: Services, caller: Caller, paging: Paging
) -> tuple[list[ApiKeyRead], PageInfo]:
    """The newest first."""
    catalog = await services.catalogs.refresh(caller.project.id)
    query = select(ApiKey).where(ApiKey.project_id == caller.project.id).order_by(ApiKey.id.desc())
    rows, page = await fetch_page(session, query, paging)
    return _read_all(rows, catalog), page


async def get_key(
    session: AsyncSession, services: Services, caller: Caller, key_id: UUID
) -> ApiKeyRead:
    catalog = await services.catalogs.refresh(caller.project.id)
    return _read(await _find(session, caller, key_id), catalog)


async def update_key(
    session: AsyncSession, services: Services, caller: Caller, key_id: UUID, data: ApiKeyUpdate
) -> ApiKeyRead:
    """Change what is given. Raises ApiKeyNotFoundError, InvalidScopesError."""
    catalog = await services.catalogs.refresh(caller.project.id)
    key = await _find(session, caller, key_id)
    if data.name is not None:
        key.name = data.name
    if data.scopes is not None:
        key.scopes = store_scopes(data.scopes, catalog)
    if data.networks is not None:
        key.networks = data.networks
    if "expires_at" in data.model_fields_set:
        key.expires_at = data.expires_at
    await _settle(session, caller, key, "key.updated", changed=sorted(data.model_fields_set))
    return _read(key, catalog)


async def rotate_key(
    session: AsyncSession, services: Services, caller: Caller, key_id: UUID, grace_seconds: int
) -> ApiKeyCreated:
    """Give a key a new secret; the one before is good for as long as is said."""
    catalog = await services.catalogs.refresh(caller.project.id)
    key = await _find(session, caller, key_id)
    text, secret_hash = make_key(key.id)
    key.former_hash, key.secret_hash = key.secret_hash, secret_hash
    key.former_until = utc_now() + timedelta(seconds=grace_seconds)
    await _settle(session, caller, key, "key.rotated", grace_seconds=grace_seconds)
    return ApiKeyCreated(**_read(key, catalog).model_dump(), key=text)


async def revoke_key(session: AsyncSession, caller: Caller, key_id: UUID) -> None:
    """Delete a key: it is good nowhere within seconds."""
    key = await _find(session, caller, key_id)
    await session.delete(key)
    _log(session, caller, key, "key.revoked", {})
    await announce_access_change(session, key_id)


async def _find(session: AsyncSession, caller: Caller, key_id: UUID) -> ApiKey:
    query = (
        select(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.project_id == caller.project.id)
        .with_for_update()
    )
    key = await session.scalar(query)
    if key is None:
        raise ApiKeyNotFoundError
    return key


async def _settle(
    session: AsyncSession, caller: Caller, key: ApiKey, action: str, **detail: Any
) -> None:
    """Write a change, its entry in the log, and the word to whoever holds the key in memory."""
    _log(session, caller, key, action, detail)
    await session.flush()
    await session.refresh(key)
    await announce_access_change(session, key.id)


def _read_all(rows: Sequence[Any], catalog: Catalog) -> list[ApiKeyRead]:
    return [_read(row[0], catalog) for row in rows]


def _read(key: ApiKey, catalog: Catalog) -> ApiKeyRead:
    shown = {name: getattr(key, name) for name in ApiKeyRead.model_fields}
    return ApiKeyRead(**shown | {"scopes": show_scopes(key.scopes, catalog)})


def _log(
    session: AsyncSession, caller: Caller, key: ApiKey, action: str, detail: dict[str, Any]
) -> None:
    append_control_entry(
        session,
        caller.principal.actor,
        action,
        project_id=caller.project.id,
        target=str(key.id),
        detail={"name": key.name} | detail,
    )
