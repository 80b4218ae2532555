"""Signing up and in to the console.

Passwords are hashed and checked before the request's transaction takes a connection: hashing is
slow on purpose, and connections are few.
"""

from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import Origin, SignedInAdmin
from app.api.services import Services
from app.core.ids import uuid7
from app.engine.changes.control_log import append_control_entry
from app.engine.identity.admins import Admin, find_admin_by_email
from app.engine.identity.passwords import needs_rehash
from app.engine.identity.principal import Principal
from app.features.auth.errors import (
    EmailTakenError,
    RegistrationClosedError,
    WrongCredentialsError,
    WrongPasswordError,
)
from app.features.auth.schemas import (
    Login,
    PasswordChange,
    ProfileUpdate,
    Refresh,
    Registration,
    SignedIn,
)
from app.features.auth.sessions import end_all_sessions, end_session, open_session, rotate
from app.features.team import service as team

_REGISTRATION_LOCK = text("SELECT pg_advisory_xact_lock(7236837503)")


async def register(
    session: AsyncSession, services: Services, data: Registration, origin: Origin
) -> SignedIn:
    """Make an account. The first one owns the installation; later ones need leave to register."""
    await services.attempts.begin("register_admin", "", origin.address)
    await _check_may_register(services, data)
    password_hash = await services.passwords.hash(data.password)
    await session.execute(_REGISTRATION_LOCK)
    is_first = not await session.scalar(select(exists(select(Admin.id))))
    if not is_first:
        _check_registration_open(services, data)
    admin = await _insert_admin(session, data, password_hash, is_owner=is_first)
    principal = Principal("admin_user", admin.id, admin.email)
    append_control_entry(session, principal.actor, "admin.registered", target=str(admin.id))
    if data.invitation is not None:
        await team.accept_invitation(session, data.invitation, principal)
    return await open_session(session, services, admin, origin)


async def login(session: AsyncSession, services: Services, data: Login, origin: Origin) -> SignedIn:
    """Check a password and begin a session; an unknown account takes as long and looks alike."""
    await services.attempts.begin("login_admin", data.email, origin.address)
    async with AsyncSession(services.database.engine) as reading:
        known = await find_admin_by_email(reading, data.email)
    stored = known.password_hash if known else None
    if not await services.passwords.verify(data.password, stored) or known is None:
        raise WrongCredentialsError
    await services.attempts.succeeded("login_admin", data.email, origin.address)
    admin = await session.get_one(Admin, known.id)
    admin.last_login_at = func.now()
    if needs_rehash(known.password_hash):
        admin.password_hash = await services.passwords.hash(data.password)
    append_control_entry(session, _actor(admin.id), "admin.logged_in", target=str(admin.id))
    await session.flush()
    await session.refresh(admin)
    return await open_session(session, services, admin, origin)


async def refresh(session: AsyncSession, services: Services, data: Refresh) -> SignedIn:
    return await rotate(session, services, data.refresh_token)


async def logout(session: AsyncSession, admin: SignedInAdmin) -> None:
    await end_session(session, admin.id, admin.session_id)
    append_control_entry(session, admin.principal.actor, "admin.logged_out", target=str(admin.id))


async def get_admin(session: AsyncSession, admin: SignedInAdmin) -> Admin:
    return await session.get_one(Admin, admin.id)


async def update_profile(session: AsyncSession, admin: SignedInAdmin, data: ProfileUpdate) -> Admin:
    account = await session.get_one(Admin, admin.id)
    account.name = data.name
    append_control_entry(session, admin.principal.actor, "admin.updated", target=str(admin.id))
    await session.flush()
    return account


async def change_password(
    session: AsyncSession,
    services: Services,
    admin: SignedInAdmin,
    data: PasswordChange,
    origin: Origin,
) -> SignedIn:
    """Replace the password, end all sessions, and begin a new one for whoever changed it."""
    await services.attempts.begin("change_my_password", str(admin.id), origin.address)
    async with AsyncSession(services.database.engine) as reading:
        known = await reading.get_one(Admin, admin.id)
    if not await services.passwords.verify(data.current_password, known.password_hash):
        raise WrongPasswordError
    await services.attempts.succeeded("change_my_password", str(admin.id), origin.address)
    password_hash = await services.passwords.hash(data.new_password)
    account = await session.get_one(Admin, admin.id)
    account.password_hash = password_hash
    await end_all_sessions(session, admin.id)
    append_control_entry(
        session, admin.principal.actor, "admin.password_changed", target=str(admin.id)
    )
    return await open_session(session, services, account, origin)


async def _check_may_register(services: Services, data: Registration) -> None:
    """Refuse early, before anything costly; the transaction decides anew."""
    async with AsyncSession(services.database.engine) as reading:
        is_first = not await reading.scalar(select(exists(select(Admin.id))))
    if not is_first:
        _check_registration_open(services, data)


def _check_registration_open(services: Services, data: Registration) -> None:
    if data.invitation is None and not services.settings.allow_registration:
        raise RegistrationClosedError


async def _insert_admin(
    session: AsyncSession, data: Registration, password_hash: str, *, is_owner: bool
) -> Admin:
    statement = (
        insert(Admin)
        .values(
            id=uuid7(),
            email=data.email,
            name=data.name,
            password_hash=password_hash,
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


def _actor(admin_id: UUID) -> str:
    return Principal("admin_user", admin_id).actor
