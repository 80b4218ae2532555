"""Signing up to the console: the first comer, the invited, and anyone where it is allowed."""

from sqlalchemy import exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import Origin
from app.api.services import Services
from app.core.engine import driver_connection
from app.core.ids import uuid7
from app.engine.changes.control_log import append_control_entry
from app.engine.identity.admins import Admin
from app.engine.identity.principal import Principal
from app.features.accounts.service.errors import EmailTakenError, RegistrationClosedError
from app.features.accounts.service.passwords import check_new_password, store_password
from app.features.accounts.service.realms import console_realm_of
from app.features.accounts.service.signing import begin_session
from app.features.accounts.service.throttle import begin_attempt
from app.features.auth.schemas import AdminRead, Registration, SignedIn
from app.features.team import service as team

_REGISTRATION_LOCK = text("SELECT pg_advisory_xact_lock(7236837503)")
_HINT = "Ask a project's admin for an invitation, or set ALLOW_REGISTRATION=true."


async def register(
    session: AsyncSession, services: Services, data: Registration, origin: Origin
) -> SignedIn:
    """Make an account. The first one owns the installation; later ones need leave to register."""
    realm = console_realm_of(services)
    await begin_attempt(services, realm, "register", "", origin)
    await _check_may_register(services, data)
    await check_new_password(services, realm, data.password, data.email)
    password_hash = await services.passwords.hash(data.password)
    await session.execute(_REGISTRATION_LOCK)
    is_first = not await session.scalar(select(exists(select(Admin.id))))
    if not is_first:
        _check_registration_open(services, data)
    admin = await _insert_admin(session, data, is_owner=is_first)
    principal = Principal("admin_user", admin.id, admin.email)
    append_control_entry(session, principal.actor, "admin.registered", target=str(admin.id))
    if data.invitation is not None:
        await team.accept_invitation(session, data.invitation, principal)
    connection = await driver_connection(session)
    await store_password(connection, realm, admin.id, password_hash)
    pair = await begin_session(services, realm, connection, admin.id, origin)
    return SignedIn(**pair.model_dump(), user=AdminRead.model_validate(admin))


async def _check_may_register(services: Services, data: Registration) -> None:
    """Refuse early, before anything costly; the transaction decides anew."""
    async with AsyncSession(services.database.engine) as reading:
        is_first = not await reading.scalar(select(exists(select(Admin.id))))
        if data.invitation is not None:
            # First of all: only whoever was invited is told that an address has an account.
            await team.check_invited(reading, data.invitation, data.email)
    if not is_first:
        _check_registration_open(services, data)


def _check_registration_open(services: Services, data: Registration) -> None:
    if data.invitation is None and not services.settings.allow_registration:
        raise RegistrationClosedError(_HINT)


async def _insert_admin(session: AsyncSession, data: Registration, *, is_owner: bool) -> Admin:
    statement = (
        insert(Admin)
        .values(
            id=uuid7(),
            email=data.email,
            name=data.name,
            is_owner=is_owner,
            last_login_at=func.now(),
        )
        .on_conflict_do_nothing(index_elements=[Admin.email])
        .returning(Admin)
    )
    admin = await session.scalar(statement)
    if admin is None:
        raise EmailTakenError
    return admin
