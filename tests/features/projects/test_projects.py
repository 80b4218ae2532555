"""Projects: made and erased with their Postgres schema, and seen by their members alone."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import Database
from app.core.ids import project_schema
from tests.conftest import Admin, TestProject
from tests.people import invited, new_email, stranger

URL = "/api/projects"


async def schema_exists(database: Database, project_id: UUID) -> bool:
    found = await database.owner.fetchval(
        "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", project_schema(project_id)
    )
    return bool(found)


async def test_a_new_project_has_its_schema_and_its_owner(admin: Admin, database: Database) -> None:
    answer = await admin.client.post(URL, json={"name": "  Größe & Co. "})

    made = answer.json()
    assert answer.status_code == 201
    assert (made["name"], made["role"], made["state"]) == ("Größe & Co.", "owner", "active")
    assert made["slug"].startswith("groe-co")
    assert made["schema_version"] == 1
    assert made["created_at"].endswith("+00:00")
    assert await schema_exists(database, UUID(made["id"]))


async def test_projects_of_one_name_get_different_slugs_even_at_once(admin: Admin) -> None:
    name = f"twin {uuid4().hex[:8]}"

    answers = await asyncio.gather(*(admin.client.post(URL, json={"name": name}) for _ in range(4)))

    slugs = sorted(answer.json()["slug"] for answer in answers)
    base = name.replace(" ", "-")
    assert slugs == [base, f"{base}-2", f"{base}-3", f"{base}-4"]


async def test_a_chosen_slug_that_is_taken_is_a_conflict_and_leaves_nothing(
    admin: Admin, project: TestProject, database: Database
) -> None:
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'p\\_%'"
    before = await database.owner.fetchval(schemas)

    answer = await admin.client.post(URL, json={"name": "x", "slug": project.slug})

    assert (answer.status_code, answer.json()["code"]) == (409, "project_slug_taken")
    assert await database.owner.fetchval(schemas) == before


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "A",
        "a b",
        "-a",
        "a-",
        "ä",
        "a" * 64,
        "a/b",
        "a.b",
        "new",
        "..",
        "0192f3a4-0000-7000-8000-000000000000",
        "0192f3a4000070008000000000000000",
    ],
)
async def test_a_slug_that_could_not_stand_in_a_url_or_reads_as_an_id_is_refused(
    admin: Admin, slug: str
) -> None:
    answer = await admin.client.post(URL, json={"name": "x", "slug": slug})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/slug"


@pytest.mark.parametrize("name", ["日本語", "new", "!!!", "0192f3a4000070008000000000000000"])
async def test_any_name_gives_a_usable_slug(admin: Admin, name: str) -> None:
    made = (await admin.client.post(URL, json={"name": name})).json()

    found = await admin.client.get(f"{URL}/{made['slug']}")
    assert found.json()["id"] == made["id"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"name": ""},
        {"name": " "},
        {"name": None},
        {"name": "x" * 201},
        {"name": "x", "id": "0192f3a4-0000-7000-8000-000000000000"},
        {"name": "x", "state": "archived"},
        {"name": "x", "owner": "me"},
    ],
)
async def test_a_body_of_another_shape_is_422(admin: Admin, body: Any) -> None:
    assert (await admin.client.post(URL, json=body)).status_code == 422


async def test_a_project_is_found_by_id_and_by_slug(admin: Admin, project: TestProject) -> None:
    by_slug = await admin.client.get(f"{URL}/{project.slug}")
    by_id = await admin.client.get(f"{URL}/{project.id}")

    assert by_slug.status_code == by_id.status_code == 200
    assert by_slug.json() == by_id.json()


async def test_a_list_holds_ones_own_projects_page_by_page(
    app: Any, admin: Admin, project: TestProject
) -> None:
    person = await invited(app, admin.client, project.url, "viewer")
    for n in range(3):
        assert (await person.client.post(URL, json={"name": f"mine {n}"})).status_code == 201

    first = (await person.client.get(URL, params={"limit": 3})).json()
    rest = (await person.client.get(URL, params={"limit": 3, "offset": 3})).json()

    assert first["page"] == {"limit": 3, "offset": 0, "has_more": True}
    assert rest["page"]["has_more"] is False
    roles = [(item["name"], item["role"]) for item in first["data"] + rest["data"]]
    assert roles == [
        ("mine 2", "owner"),
        ("mine 1", "owner"),
        ("mine 0", "owner"),
        (project.slug, "viewer"),
    ]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "offset=1e3", "limit=", "page=2"]
)
async def test_a_page_that_cannot_be_is_400(admin: Admin, query: str) -> None:
    assert (await admin.client.get(f"{URL}?{query}")).status_code == 400


async def test_a_renamed_project_is_found_by_its_new_slug_only(
    admin: Admin, project: TestProject
) -> None:
    slug = f"n-{uuid4().hex[:12]}"

    renamed = await admin.client.patch(project.url, json={"name": "New", "slug": slug})

    assert (renamed.json()["name"], renamed.json()["slug"]) == ("New", slug)
    assert (await admin.client.get(project.url)).status_code == 404
    assert (await admin.client.get(f"{URL}/{slug}")).json()["id"] == str(project.id)
    assert (await admin.client.patch(f"{URL}/{slug}", json={})).json()["name"] == "New"


async def test_a_slug_of_another_project_cannot_be_taken(
    admin: Admin, project: TestProject
) -> None:
    other = (await admin.client.post(URL, json={"name": "other"})).json()

    answer = await admin.client.patch(f"{URL}/{other['slug']}", json={"slug": project.slug})

    assert (answer.status_code, answer.json()["code"]) == (409, "project_slug_taken")


async def test_an_archived_project_can_be_seen_and_opened_again(
    admin: Admin, project: TestProject
) -> None:
    archived = await admin.client.post(f"{project.url}/archive")
    assert archived.json()["state"] == "archived"
    assert (await admin.client.get(project.url)).json()["state"] == "archived"

    opened = await admin.client.post(f"{project.url}/unarchive")
    assert opened.json()["state"] == "active"


async def test_deleting_takes_the_slug_typed_out(
    admin: Admin, project: TestProject, database: Database
) -> None:
    for confirm in ("", "?confirm=", "?confirm=yes", f"?confirm={project.id}"):
        answer = await admin.client.delete(project.url + confirm)
        assert answer.status_code == 422
        assert answer.json()["code"] == "project_confirmation_required"
    assert await schema_exists(database, project.id)

    done = await admin.client.delete(f"{project.url}?confirm={project.slug}")

    assert done.status_code == 204
    assert (await admin.client.get(project.url)).status_code == 404
    assert not await schema_exists(database, project.id)


async def test_of_many_who_delete_or_change_at_once_nobody_sees_a_fault(
    admin: Admin, project: TestProject
) -> None:
    url = f"{project.url}?confirm={project.slug}"
    answers = await asyncio.gather(
        *(admin.client.delete(url) for _ in range(4)),
        *(admin.client.patch(project.url, json={"name": f"n{n}"}) for n in range(4)),
        *(admin.client.patch(f"{project.url}/settings", json={}) for _ in range(2)),
        *(
            admin.client.post(
                f"{project.url}/invitations", json={"email": new_email(), "role": "viewer"}
            )
            for _ in range(2)
        ),
    )

    deleted = [answer.status_code for answer in answers[:4]]
    assert sorted(deleted) == [204, 404, 404, 404]
    assert {answer.status_code for answer in answers} <= {200, 201, 204, 404, 409}


async def test_what_was_done_to_a_project_outlives_it(
    admin: Admin, project: TestProject, database: Database
) -> None:
    await admin.client.patch(f"{project.url}/settings", json={"auth": {"allow_signup": False}})
    await admin.client.delete(f"{project.url}?confirm={project.slug}")

    rows = await database.owner.fetch(
        "SELECT action, actor, target FROM backendify.control_log"
        " WHERE project_id = $1 ORDER BY id",
        project.id,
    )
    actor = f"admin_user:{admin.user['id']}"
    assert [tuple(row) for row in rows] == [
        ("project.created", actor, project.slug),
        ("project.settings_changed", actor, project.slug),
        ("project.deleted", actor, project.slug),
    ]


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("viewer", {"get"}),
        ("editor", {"get"}),
        ("admin", {"get", "patch", "archive", "unarchive", "settings"}),
        ("owner", {"get", "patch", "archive", "unarchive", "settings", "delete"}),
    ],
)
async def test_each_role_may_do_its_part(
    app: Any, admin: Admin, project: TestProject, role: str, allowed: set[str]
) -> None:
    client = (await invited(app, admin.client, project.url, role)).client
    answers = {
        "get": await client.get(project.url),
        "patch": await client.patch(project.url, json={"name": "x"}),
        "settings": await client.get(f"{project.url}/settings"),
        "archive": await client.post(f"{project.url}/archive"),
        "unarchive": await client.post(f"{project.url}/unarchive"),
        "delete": await client.delete(f"{project.url}?confirm={project.slug}"),
    }

    assert {name for name, answer in answers.items() if answer.is_success} == allowed
    refused = [answer for name, answer in answers.items() if name not in allowed]
    assert {answer.json()["code"] for answer in refused} <= {"policy_role_required"}
    assert {answer.status_code for answer in refused} <= {403}


async def test_to_a_stranger_a_project_and_a_random_id_are_the_same(
    app: Any, admin: Admin, project: TestProject, client: httpx.AsyncClient
) -> None:
    foreign = await stranger(app, admin.client)

    for ref in (project.slug, project.id, uuid4(), "no-such-project"):
        answer = await foreign.client.get(f"{URL}/{ref}")
        assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")
        assert answer.json()["detail"] == "There is no such project."
        anonymous = await client.get(f"{URL}/{ref}")
        assert (anonymous.status_code, anonymous.json()["code"]) == (401, "auth_required")
