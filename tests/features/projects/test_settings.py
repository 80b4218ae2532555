"""Settings: a checked shape, changed by merging."""

from typing import Any

import pytest

from tests.conftest import Admin, TestProject


def _rates(anonymous: str, app_user: str) -> dict[str, str | None]:
    return {"anonymous": anonymous, "app_user": app_user, "api_key": None, "member": None}


DEFAULTS = {
    "auth": {
        "require_verified_email": False,
        "allow_signup": True,
        "allow_anonymous": False,
        "passwordless": True,
        "password": {"min_length": 8},
        "profile_fields": [],
        "access_token_minutes": None,
        "refresh_token_days": None,
        "redirect_urls": [],
        "passkey_origins": [],
        "passkey_rp_id": None,
        "providers": {},
    },
    "schema": {"retention_days": 7},
    "history": {"retention_days": None},
    "workflows": {"runs_per_minute": 1_000},
    "limits": {
        "data": _rates("600/minute", "6000/minute"),
        "write": _rates("120/minute", "1200/minute"),
        "import": _rates("10/hour", "60/hour"),
        "admin": {"member": None},
    },
    "cors_origins": [],
}


async def test_a_project_starts_with_the_defaults(admin: Admin, project: TestProject) -> None:
    assert (await admin.client.get(f"{project.url}/settings")).json() == DEFAULTS


async def test_a_change_is_merged_and_null_brings_back_the_default(
    admin: Admin, project: TestProject
) -> None:
    url = f"{project.url}/settings"
    first = {"auth": {"password": {"min_length": 12}, "allow_signup": False}}
    await admin.client.patch(url, json=first)
    second = {"auth": {"allow_signup": None}, "cors_origins": ["https://App.example.com:8443"]}
    changed = (await admin.client.patch(url, json=second)).json()

    assert changed == (await admin.client.get(url)).json()
    assert changed["auth"]["password"] == {"min_length": 12}
    assert changed["auth"]["allow_signup"] is True
    assert changed["cors_origins"] == ["https://app.example.com:8443"]


async def test_how_long_dropped_data_is_kept_is_a_setting(
    admin: Admin, project: TestProject
) -> None:
    url = f"{project.url}/settings"

    changed = await admin.client.patch(url, json={"schema": {"retention_days": 30}})

    assert changed.status_code == 200, changed.text
    assert (await admin.client.get(url)).json()["schema"] == {"retention_days": 30}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"nonsense": 1}, "/nonsense"),
        ({"auth": {"nonsense": 1}}, "/auth/nonsense"),
        ({"auth": 5}, "/auth"),
        ({"auth": {"allow_signup": "yes"}}, "/auth/allow_signup"),
        ({"auth": {"password": {"min_length": 1}}}, "/auth/password/min_length"),
        ({"auth": {"password": {"min_length": 8.5}}}, "/auth/password/min_length"),
        ({"cors_origins": ["https://x.com/path"]}, "/cors_origins/0"),
        ({"cors_origins": ["null"]}, "/cors_origins/0"),
        ({"cors_origins": "https://x.com"}, "/cors_origins"),
        ({"auth": {"redirect_urls": ["https://a@b.com"]}}, "/auth/redirect_urls/0"),
        ({"auth": {"redirect_urls": ["//x.com"]}}, "/auth/redirect_urls/0"),
        ({"auth": {"redirect_urls": ["JavaScript://x/%0aalert(1)"]}}, "/auth/redirect_urls/0"),
        ({"a/b~c": 1}, "/a~1b~0c"),
    ],
)
async def test_a_setting_that_is_wrong_or_unknown_is_refused_at_its_pointer(
    admin: Admin, still_project: TestProject, change: dict[str, Any], pointer: str
) -> None:
    url = f"{still_project.url}/settings"

    answer = await admin.client.patch(url, json=change)

    assert (answer.status_code, answer.json()["code"]) == (422, "project_settings_invalid")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert (await admin.client.get(url)).json() == DEFAULTS


@pytest.mark.parametrize("body", [[], "x", 5, None, True])
async def test_a_body_that_is_no_object_is_422(
    admin: Admin, still_project: TestProject, body: Any
) -> None:
    answer = await admin.client.patch(f"{still_project.url}/settings", json=body)

    assert answer.status_code == 422


@pytest.mark.parametrize("rate", ["0/minute", "5", "5/fortnight", "-1/day", "1.5/hour", "", 600])
async def test_a_rate_is_a_number_per_time(
    admin: Admin, still_project: TestProject, rate: Any
) -> None:
    change = {"limits": {"import": {"anonymous": rate}}}
    answer = await admin.client.patch(f"{still_project.url}/settings", json=change)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/limits/import/anonymous"
