"""Callers: resolved once, held for seconds, and let go the moment that rights change."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.config import Settings
from app.core.db import Database
from app.core.errors import UnauthenticatedError
from app.engine.identity import callers as module
from app.engine.identity.callers import Callers
from app.engine.identity.credentials import ACCESS, CONSOLE
from app.engine.identity.projects import ProjectArchivedError, ProjectNotFoundError
from app.engine.identity.tokens import ExpiredTokenError, InvalidTokenError, Tokens
from tests.conftest import Admin, TestProject
from tests.people import Person, invited, stranger
from tests.waiting import until


@pytest.fixture
async def callers(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callers]:
    """As on another node: it shares nothing with the application but the database.

    Nothing ends its entries but what it hears, and the ends of their tokens.
    """
    monkeypatch.setattr(module, "ENTRY_SECONDS", 3_600.0)
    callers = Callers(database, Tokens(settings.jwt_secret))
    callers.start()
    yield callers
    await callers.stop()


@pytest.fixture
def deaf(database: Database, settings: Settings) -> Callers:
    """One that hears of no change."""
    return Callers(database, Tokens(settings.jwt_secret))


@pytest.fixture
async def person(app: Any, admin: Admin, project: TestProject) -> Person:
    return await invited(app, admin.client, project.url, "editor")


def authorization(person: Person) -> str:
    return person.headers["Authorization"]


async def until_forgotten(callers: Callers, key: str, project: TestProject) -> None:
    await until(lambda: callers.cached(key, project.slug) is None)


async def test_a_member_is_resolved_by_id_and_slug_and_then_held(
    deaf: Callers, person: Person, project: TestProject
) -> None:
    key = authorization(person)
    assert deaf.cached(key, project.slug) is None

    by_slug = await deaf.resolve(key, project.slug)
    by_id = await deaf.resolve(key, str(project.id))

    assert by_slug == by_id
    assert (str(by_slug.principal.id), by_slug.role) == (person.id, "editor")
    assert by_slug.project.schema == f"p_{project.id.hex}"
    assert deaf.cached(key, project.slug) is by_slug


async def test_without_credentials_the_caller_is_anonymous(
    callers: Callers, project: TestProject
) -> None:
    caller = await callers.resolve("", project.slug)

    assert (caller.principal.kind, caller.principal.actor, caller.role) == (
        "anonymous",
        "anonymous",
        None,
    )
    with pytest.raises(UnauthenticatedError):
        await callers.member("", project.slug)


async def test_a_foreign_and_an_unknown_project_are_alike(
    app: Any, admin: Admin, callers: Callers, project: TestProject
) -> None:
    foreign = await stranger(app, admin.client)

    for ref in (project.slug, str(project.id), str(uuid4()), "nope", "'; --", "x" * 5000):
        with pytest.raises(ProjectNotFoundError):
            await callers.resolve(authorization(foreign), ref)
    with pytest.raises(ProjectNotFoundError):
        await callers.resolve("", str(uuid4()))


async def test_an_archived_project_is_closed_to_members_and_absent_for_others(
    callers: Callers, admin: Admin, person: Person, project: TestProject
) -> None:
    key = authorization(person)
    await callers.resolve(key, project.slug)
    await callers.resolve("", project.slug)

    await admin.client.post(f"{project.url}/archive")

    await until_forgotten(callers, key, project)
    with pytest.raises(ProjectArchivedError):
        await callers.resolve(key, project.slug)
    with pytest.raises(ProjectNotFoundError):
        await callers.resolve("", project.slug)
    assert (await callers.member(key, project.slug)).project.state == "archived"


async def test_a_logout_reaches_other_nodes_at_once(
    callers: Callers, person: Person, project: TestProject
) -> None:
    key = authorization(person)
    await callers.resolve(key, project.slug)

    await person.client.post("/api/auth/logout")

    await until_forgotten(callers, key, project)
    with pytest.raises(InvalidTokenError):
        await callers.resolve(key, project.slug)


async def test_a_changed_role_reaches_other_nodes_at_once(
    callers: Callers, admin: Admin, person: Person, project: TestProject
) -> None:
    key = authorization(person)
    await callers.resolve(key, project.slug)

    await admin.client.patch(f"{project.url}/members/{person.id}", json={"role": "viewer"})

    await until_forgotten(callers, key, project)
    assert (await callers.resolve(key, project.slug)).role == "viewer"


async def test_without_notifications_an_entry_dies_within_seconds(
    deaf: Callers, person: Person, project: TestProject
) -> None:
    key = authorization(person)
    await deaf.resolve(key, project.slug)

    await until_forgotten(deaf, key, project)


async def test_an_entry_does_not_outlive_its_token(
    callers: Callers, settings: Settings, person: Person, project: TestProject
) -> None:
    session = Tokens(settings.jwt_secret).verify(
        person.tokens["access_token"], kind=ACCESS, audience=CONSOLE
    )
    brief = Tokens(settings.jwt_secret).issue(
        ACCESS,
        subject=UUID(person.id),
        audience=CONSOLE,
        seconds=1,
        sid=session.values["sid"],
    )
    await callers.resolve(f"Bearer {brief}", project.slug)

    await until_forgotten(callers, f"Bearer {brief}", project)


async def test_what_is_wrong_with_a_token_needs_no_database(
    settings: Settings, admin: Admin, project: TestProject
) -> None:
    tokens = Tokens(settings.jwt_secret)
    nowhere = Callers(None, tokens)  # type: ignore[arg-type]  # any use of it would fail
    expired = tokens.issue(
        ACCESS, subject=UUID(admin.user["id"]), audience=CONSOLE, seconds=-60, sid=str(uuid4())
    )

    with pytest.raises(ExpiredTokenError):
        await nowhere.resolve(f"Bearer {expired}", project.slug)
    with pytest.raises(InvalidTokenError):
        await nowhere.resolve("Bearer forged.token.here", project.slug)


async def test_many_at_once_are_looked_up_once(
    deaf: Callers, person: Person, project: TestProject
) -> None:
    key = authorization(person)

    found = await asyncio.gather(*(deaf.resolve(key, project.slug) for _ in range(50)))

    assert all(caller is found[0] for caller in found)


async def test_a_change_during_the_look_up_keeps_its_result_out(
    callers: Callers, person: Person, project: TestProject
) -> None:
    key = authorization(person)
    looking = asyncio.create_task(callers.resolve(key, project.slug))
    for _ in range(2):  # it begins, and so does the look-up that others would share
        await asyncio.sleep(0)
    assert callers._loads._running
    callers._forget(person.id)  # as if a notification came in between

    await looking

    assert callers.cached(key, project.slug) is None
