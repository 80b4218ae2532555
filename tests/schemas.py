"""Giving a test's project a schema, through the public interface."""

from typing import Any

from tests.conftest import Admin, TestProject


async def apply_schema(
    admin: Admin, project: TestProject, *collections: dict[str, Any]
) -> dict[str, Any]:
    """Add or replace collections by name, and confirm whatever the plan asks to confirm."""
    held = (await admin.client.get(f"{project.url}/schema")).json()
    names = {collection["name"] for collection in collections}
    kept = [c for c in held["schema"]["collections"] if c["name"] not in names]
    body: dict[str, Any] = {
        "base": held["hash"],
        "schema": {"collections": [*kept, *collections]},
    }
    answer = await admin.client.post(f"{project.url}/schema/apply", json=body)
    if answer.status_code == 422 and "plan_hash" in answer.json():
        body["confirm"] = answer.json()["plan_hash"]
        answer = await admin.client.post(f"{project.url}/schema/apply", json=body)
    assert answer.status_code == 200, answer.text
    applied: dict[str, Any] = answer.json()
    return applied


def field(name: str, type_: str, /, **options: Any) -> dict[str, Any]:
    """A field of a collection's JSON."""
    return {"name": name, "type": type_, **options}
