"""Providers of sign-in as settings: a secret goes in, never comes out, stays with its issuer."""

import json
from typing import Any

import pytest

from app.core.crypto import UnreadableSecretError
from app.core.db import Database
from app.features.projects.service import load_settings, open_client_secret
from tests.conftest import Admin, TestProject

SECRET = "a-client-secret-of-the-issuer"
PROVIDER = {
    "type": "oidc",
    "issuer": "https://id.example.com",
    "client_id": "app",
    "client_secret": SECRET,
}


async def change(admin: Admin, project: TestProject, **providers: Any) -> Any:
    body = {"auth": {"providers": providers}}
    return await admin.client.patch(f"{project.url}/settings", json=body)


async def test_a_secret_is_written_encrypted_and_never_read_back(
    app: Any, admin: Admin, project: TestProject, database: Database
) -> None:
    written = await change(admin, project, corp=PROVIDER)
    assert written.status_code == 200, written.text
    read = await admin.client.get(f"{project.url}/settings")

    for answer in (written, read):
        assert SECRET not in answer.text
        shown = answer.json()["auth"]["providers"]["corp"]
        assert shown["client_secret_set"] is True
        assert "client_secret" not in shown
    kept = await database.owner.fetchval(
        "SELECT settings::text FROM backendify.projects WHERE id = $1", project.id
    )
    assert SECRET not in kept
    settings = await load_settings(database.owner, project.id)
    corp = settings.auth.providers["corp"]
    assert open_client_secret(app.services.sealer, project.id, "corp", corp) == SECRET


async def test_a_secret_survives_other_changes_and_goes_when_told(
    app: Any, admin: Admin, project: TestProject, database: Database
) -> None:
    await change(admin, project, corp=PROVIDER)
    await change(admin, project, corp={"enabled": False, "client_secret_set": False})
    await admin.client.patch(f"{project.url}/settings", json={"auth": {"allow_signup": False}})

    corp = (await load_settings(database.owner, project.id)).auth.providers["corp"]
    assert open_client_secret(app.services.sealer, project.id, "corp", corp) == SECRET
    assert not corp.enabled
    gone = await change(admin, project, corp={"client_secret": None})
    assert gone.json()["auth"]["providers"]["corp"]["client_secret_set"] is False
    removed = await change(admin, project, corp=None)
    assert removed.json()["auth"]["providers"] == {}


@pytest.mark.parametrize(
    "moved",
    [
        {"issuer": "https://evil.example.com"},
        {"issuer": None, "type": "google"},
        {"type": "github"},
        {"api_base": "https://evil.example.com"},
    ],
)
async def test_a_provider_that_is_pointed_elsewhere_needs_its_secret_again(
    admin: Admin, project: TestProject, moved: dict[str, Any]
) -> None:
    await change(admin, project, corp=PROVIDER)

    refused = await change(admin, project, corp=moved)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/auth/providers/corp/client_secret"
    again = await change(admin, project, corp={**moved, "client_secret": "another"})
    assert again.status_code == 200


async def test_a_stored_secret_opens_at_no_other_address(
    app: Any, admin: Admin, project: TestProject, database: Database
) -> None:
    await change(admin, project, corp=PROVIDER)
    settings = await load_settings(database.owner, project.id)
    moved = settings.auth.providers["corp"].model_copy(update={"issuer": "https://evil.example"})

    with pytest.raises(UnreadableSecretError):
        open_client_secret(app.services.sealer, project.id, "corp", moved)


async def test_an_encrypted_secret_sent_as_a_secret_is_just_a_secret(
    app: Any, admin: Admin, project: TestProject, database: Database
) -> None:
    await change(admin, project, corp=PROVIDER)
    kept = (await load_settings(database.owner, project.id)).auth.providers["corp"].client_secret

    await change(admin, project, corp={"client_secret": kept, "issuer": "https://evil.example"})
    corp = (await load_settings(database.owner, project.id)).auth.providers["corp"]
    assert open_client_secret(app.services.sealer, project.id, "corp", corp) == kept


@pytest.mark.parametrize(
    ("provider", "pointer"),
    [
        ({**PROVIDER, "issuer": "ftp://x"}, "/issuer"),
        ({**PROVIDER, "issuer": "https://u:p@x.example"}, "/issuer"),
        ({**PROVIDER, "issuer": "https://x.example?a=b"}, "/issuer"),
        ({**PROVIDER, "issuer": None}, ""),
        ({**PROVIDER, "type": "saml"}, "/type"),
        ({**PROVIDER, "client_id": ""}, "/client_id"),
        ({**PROVIDER, "client_secret": ""}, "/client_secret"),
        ({**PROVIDER, "client_secret": 5}, "/client_secret"),
        ({**PROVIDER, "scopes": ["a b"]}, "/scopes/0"),
        ({**PROVIDER, "token_endpoint": "https://x.example"}, "/token_endpoint"),
        ("x", ""),
    ],
)
async def test_a_provider_that_is_wrong_is_refused_at_its_pointer(
    admin: Admin, still_project: TestProject, provider: Any, pointer: str
) -> None:
    answer = await change(admin, still_project, corp=provider)

    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == [f"/auth/providers/corp{pointer}"]
    assert SECRET not in answer.text


@pytest.mark.parametrize("name", ["", "Corp", "a/b", "..", "x" * 40, "corp\n"])
async def test_a_providers_name_is_plain(
    admin: Admin, still_project: TestProject, name: str
) -> None:
    answer = await change(admin, still_project, **{name: PROVIDER})

    assert answer.status_code == 422
    assert json.dumps(SECRET) not in answer.text
