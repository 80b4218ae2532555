"""The API's description: reviewed like code, complete, and served without the network."""

import re
from typing import Any

import httpx
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.architecture.routes import list_routes


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/openapi.json")
    assert answer.status_code == 200
    described: dict[str, Any] = answer.json()
    return described


async def test_the_interface_changes_only_on_purpose(
    document: dict[str, Any], snapshot: SnapshotAssertion
) -> None:
    assert "\n".join(_lines(document)) == snapshot


async def test_every_api_route_is_described_with_its_errors(
    app: Any, document: dict[str, Any]
) -> None:
    for route in list_routes(app):
        if not route.path.startswith("/api/") or route.method == "WEBSOCKET":
            continue
        operation = document["paths"][route.path][route.method.lower()]
        assert operation["operationId"] == route.name
        assert operation["summary"]
        assert operation["tags"]
        schemes = [name for way in operation.get("security", []) for name in way]
        assert (schemes[:1] == ["bearer"]) if route.is_guarded else not schemes
        assert set(schemes) <= {"bearer", "apiKey"}
        assert {"400", "503"} <= operation["responses"].keys()
        assert ("401" in operation["responses"]) or not route.is_guarded


async def test_data_routes_take_a_key_in_place_of_a_token(document: dict[str, Any]) -> None:
    data = document["paths"]["/api/projects/{project}/data/{collection}"]["get"]
    users = document["paths"]["/api/projects/{project}/users"]["get"]

    assert data["security"] == [{"bearer": []}, {"apiKey": []}]
    assert users["security"] == [{"bearer": []}]


async def test_every_tag_is_explained(document: dict[str, Any]) -> None:
    used = {
        tag
        for operations in document["paths"].values()
        for operation in operations.values()
        for tag in operation.get("tags", ())
    }

    assert used <= {tag["name"] for tag in document["tags"] if tag["description"]}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/errors"])
async def test_the_pages_need_nothing_from_elsewhere(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)

    assert page.status_code == 200
    assert "//" not in re.sub(r"<!--.*?-->", "", page.text)
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "'unsafe-inline'" not in page.headers["content-security-policy"].split("style-src")[0]
    for asset in re.findall(r'(?:src|href|spec-url)="([^"#]+)"', page.text):
        assert (await client.get(asset)).status_code == 200, asset


def _lines(document: dict[str, Any]) -> list[str]:
    """One line an operation, one a schema: short enough to be read in a review."""
    lines = []
    for path, operations in sorted(document["paths"].items()):
        for method, operation in operations.items():
            given = [
                parameter["name"] + ("" if parameter.get("required") else "?")
                for parameter in operation.get("parameters", ())
                if parameter["in"] == "query"
            ]
            takes = _name(operation.get("requestBody", {}).get("content", {}))
            lines.append(f"{method.upper()} {path} [{operation['operationId']}]")
            lines.append(f"  takes {takes or 'nothing'}; parameters {' '.join(given) or 'none'}")
            for status, answer in sorted(operation["responses"].items()):
                shown = _name(answer.get("content", {}))
                detail = shown if shown != "Problem" else answer["description"]
                lines.append(f"  {status} {detail or 'nothing'}")
    for name, schema in sorted(document["components"]["schemas"].items()):
        required = schema.get("required", ())
        members = [f"{key}{'' if key in required else '?'}" for key in schema.get("properties", ())]
        lines.append(f"{name}: {' '.join(members)}")
    return lines


def _name(content: dict[str, Any]) -> str:
    schemas = [media.get("schema", {}) for media in content.values()]
    return " | ".join(
        schema.get("$ref", schema.get("type", "any")).rsplit("/", 1)[-1] for schema in schemas
    )
