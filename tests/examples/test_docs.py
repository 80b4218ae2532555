"""What the documentation shows is so: its links, its schema, its conditions."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Admin, TestProject
from tests.schemas import apply_schema, field
from tests.serving import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(p for p in (ROOT / "examples").rglob("*.md") if "node_modules" not in p.parts),
    *sorted((ROOT / "sdk").glob("*/*.md")),
]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


def json_blocks(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text()
    return re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def headings(page: Path) -> set[str]:
    """The anchors of a page, as the common renderers make them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text()):
        target = (page.parent / path) if path else page
        assert target.exists(), path
        assert not anchor or anchor in headings(target), f"{path}#{anchor}"


async def test_the_data_models_collection_is_one(admin: Admin, project: TestProject) -> None:
    posts, *rules = map(_parsed, json_blocks("concepts/data-model.md"))
    comments = {"name": "comments", "fields": [field("post", "relation", to="posts")]}
    tags = {"name": "tags", "fields": [field("name", "string")]}
    events = {
        "name": "events",
        "fields": [
            field("starts_at", "datetime"),
            field("ends_at", "datetime"),
            field("country", "string", **rules[0]),
        ],
        **rules[1],
    }

    await apply_schema(admin, project, posts, comments, tags, events)

    url = f"{project.url}/collections"
    refused = await admin.client.post(
        f"{url}/events/validate",
        json={"country": "de", "starts_at": "2026-01-02", "ends_at": "2026-01-01"},
    )
    assert [e["message"] for e in refused.json()["errors"]] == ["Two capital letters."]
    shown = (await admin.client.get(f"{url}/posts")).json()
    assert {f["name"] for f in posts["fields"]} == {f["name"] for f in shown["fields"]}


async def test_the_conditions_shown_can_be_asked(admin: Admin, project: TestProject) -> None:
    posts = {
        "name": "posts",
        "fields": [
            field("status", "string"),
            field("price", "decimal"),
            field("meta", "json"),
            field("author", "relation", to="authors"),
            field("comments", "relation", kind="has_many", to="comments", via="post"),
            field("tags", "relation", kind="many_to_many", to="tags"),
        ],
    }
    authors = {"name": "authors", "fields": [field("country", "string")]}
    comments = {
        "name": "comments",
        "fields": [field("post", "relation", to="posts"), field("status", "string")],
    }
    tags = {"name": "tags", "fields": [field("name", "string")]}
    await apply_schema(admin, project, posts, authors, comments, tags)
    url = f"{project.url}/data/posts"
    as_json = _parsed(json_blocks("concepts/querying.md")[1])

    for path in (
        "?status=active&price__gte=100&author__country__in=DE,FR&meta__color=red",
        "?sort=-created_at,author.country:nullslast&fields=id,status,author.country",
        "?expand=author,comments(limit=5,sort=-created_at,status=new).post&count=capped",
    ):
        answer = await admin.client.get(url + path)
        assert answer.status_code == 200, answer.text
    answer = await admin.client.post(f"{url}/query", json={"filter": as_json})
    assert answer.status_code == 200, answer.text


def _parsed(block: str) -> Any:
    text = block.strip()
    return json.loads(text if text.startswith("{") else f"{{{text}}}")
