"""The development mailbox and projects' templates, over HTTP."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.api.services import Services
from app.core.mail import MailRequest
from app.features.email.service import queue_mail
from tests.conftest import Admin, TestProject
from tests.people import invited
from tests.waiting import PATIENCE_SECONDS

TEMPLATE = {"subject": "Hi {{ project }}", "text": "To {{ email }}", "html": "<p>{{ project }}</p>"}


async def mails(client: httpx.AsyncClient, url: str, count: int, **query: str) -> list[Any]:
    """The mailbox, once it holds ``count`` mails."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = await client.get(url, params=query)
            assert answer.status_code == 200, answer.text
            if len(answer.json()["data"]) >= count:
                return list(answer.json()["data"])
            await asyncio.sleep(0.05)


async def test_without_smtp_mails_land_in_the_projects_mailbox(
    admin: Admin, project: TestProject
) -> None:
    sent = await admin.client.post(f"{project.url}/email/test", json={})
    assert (sent.status_code, sent.json()) == (202, {"to": admin.email})

    [mail] = await mails(admin.client, f"{project.url}/mailbox", 1)
    assert mail["to"] == admin.email
    assert mail["subject"] == f"A test mail of {project.slug}"
    assert f"<b>{project.slug}</b>" in mail["html"]
    again = await admin.client.get(f"{project.url}/mailbox/{mail['id']}")
    assert again.json() == mail


async def test_the_mailbox_is_newest_first_by_recipient_and_can_be_cleared(
    app: Any, admin: Admin, project: TestProject
) -> None:
    pool = app.services.database.owner
    for to in ("a@example.com", "b@example.com", "a@example.com"):
        await queue_mail(pool, MailRequest("test", to, project.id))
    url = f"{project.url}/mailbox"

    found = await mails(admin.client, url, 3)
    assert [mail["id"] for mail in found] == sorted((mail["id"] for mail in found), reverse=True)
    assert len(await mails(admin.client, url, 2, recipient="a@example.com")) == 2
    assert (await admin.client.delete(url)).status_code == 204
    assert await mails(admin.client, url, 0) == []


async def test_a_mail_is_seen_in_its_own_project_by_its_admins_alone(
    app: Any, admin: Admin, project: TestProject
) -> None:
    await admin.client.post(f"{project.url}/email/test", json={})
    [mail] = await mails(admin.client, f"{project.url}/mailbox", 1)
    slug = f"p-{uuid4().hex[:12]}"
    await admin.client.post("/api/projects", json={"name": slug, "slug": slug})
    editor = await invited(app, admin.client, project.url, "editor")

    other = await admin.client.get(f"/api/projects/{slug}/mailbox/{mail['id']}")
    assert (other.status_code, other.json()["code"]) == (404, "mail_not_found")
    console = await admin.client.get(f"/api/mailbox/{mail['id']}")
    assert console.status_code == 404
    assert (await editor.client.get(f"{project.url}/mailbox")).status_code == 403


async def test_the_consoles_mails_are_for_the_installations_owner(
    app: Any, admin: Admin, project: TestProject
) -> None:
    other = await invited(app, admin.client, project.url, "owner")
    services: Services = app.services
    to = f"{uuid4().hex}@example.com"
    await queue_mail(services.database.owner, MailRequest("test", to))

    [mail] = await mails(admin.client, "/api/mailbox", 1, recipient=to)
    assert mail["subject"] == "A test mail of Backendify"
    refused = await other.client.get("/api/mailbox")
    assert (refused.status_code, refused.json()["code"]) == (
        403,
        "policy_installation_owner_required",
    )


async def test_a_projects_own_template_wins_and_can_be_given_up(
    admin: Admin, project: TestProject
) -> None:
    url = f"{project.url}/email/templates"
    put = await admin.client.put(f"{url}/test/de_at", json=TEMPLATE)
    assert put.status_code == 200, put.text
    assert put.json() == {"locale": "de-AT", "source": "project", **TEMPLATE}

    [kind] = [
        kind for kind in (await admin.client.get(url)).json()["data"] if kind["kind"] == "test"
    ]
    assert {t["locale"]: t["source"] for t in kind["templates"]} == {
        "de": "default", "de-AT": "project", "en": "default",
    }  # fmt: skip
    await admin.client.post(f"{project.url}/email/test", json={"locale": "de-AT"})
    await admin.client.post(f"{project.url}/email/test", json={"locale": "de-CH"})
    await admin.client.post(f"{project.url}/email/test", json={"locale": "fr"})
    found = await mails(admin.client, f"{project.url}/mailbox", 3)
    assert {mail["subject"] for mail in found} == {
        f"Hi {project.slug}",
        f"Eine Testmail von {project.slug}",
        f"A test mail of {project.slug}",
    }
    assert (await admin.client.delete(f"{url}/test/de-AT")).status_code == 204
    gone = await admin.client.delete(f"{url}/test/de-AT")
    assert (gone.status_code, gone.json()["code"]) == (404, "mail_template_not_found")


async def test_a_draft_is_previewed_without_being_stored(
    admin: Admin, project: TestProject
) -> None:
    url = f"{project.url}/email/templates/test/en/preview"

    draft = await admin.client.post(url, json=TEMPLATE)
    assert draft.json()["text"] == "To ada@example.com"
    in_force = await admin.client.post(url)
    assert in_force.json()["subject"] == "A test mail of Acme"


@pytest.mark.parametrize("route", ["", "/preview"])
async def test_a_template_that_names_what_does_not_exist_is_refused(
    admin: Admin, project: TestProject, route: str
) -> None:
    url = f"{project.url}/email/templates/test/en{route}"
    send = admin.client.post if route else admin.client.put

    answer = await send(url, json=TEMPLATE | {"html": "{{ password }}"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "mail_template_invalid"
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/html"]


async def test_an_unknown_kind_or_locale_is_refused(admin: Admin, project: TestProject) -> None:
    url = f"{project.url}/email/templates"

    kind = await admin.client.put(f"{url}/nope/en", json=TEMPLATE)
    assert (kind.status_code, kind.json()["code"]) == (404, "mail_kind_not_found")
    locale = await admin.client.put(f"{url}/test/english-please", json=TEMPLATE)
    assert 400 <= locale.status_code < 500
