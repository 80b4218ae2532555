"""The console's files: fresh pages, lasting assets, and nothing that the API answers for."""

from pathlib import Path

import httpx
import pytest

from app.features.console import serving

PAGE = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>console</title>")
    (tmp_path / "theme.js").write_text("1")
    (tmp_path / "assets" / "main-a1b2.js").write_text("main()")
    (tmp_path / "assets" / "main-a1b2.js.gz").write_bytes(b"\x1f\x8bpacked")
    monkeypatch.setattr(serving, "DIST", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "path",
    ["/", "/login", "/register", "/projects", "/projects/acme/data/posts?sort=title", "/nowhere"],
)
async def test_every_address_of_the_console_is_the_one_page(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, headers=PAGE)

    assert (answer.status_code, answer.text) == (200, "<title>console</title>")
    assert answer.headers["cache-control"] == "no-cache"
    policy = dict(
        rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";")
    )
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/api/nowhere", "/api", "/docs/nowhere", "/assets/nowhere.js"])
async def test_what_is_not_the_consoles_stays_a_problem(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, headers=PAGE)

    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


@pytest.mark.usefixtures("built")
async def test_programs_are_told_that_there_is_no_route(client: httpx.AsyncClient) -> None:
    assert (await client.get("/projects")).json()["code"] == "route_not_found"
    assert (await client.post("/projects", headers=PAGE)).status_code == 404


@pytest.mark.usefixtures("built")
async def test_pages_behind_mailed_links_come_first(client: httpx.AsyncClient) -> None:
    answer = await client.get("/projects/acme/auth/verify?token=x", headers=PAGE)

    assert "Confirm your e-mail address" in answer.text


@pytest.mark.usefixtures("built")
async def test_hashed_files_are_kept_for_good_and_come_compressed(
    client: httpx.AsyncClient,
) -> None:
    plain = await client.get("/assets/main-a1b2.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == "main()"
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"

    head = await client.head("/assets/main-a1b2.js", headers={"Accept-Encoding": "gzip"})
    assert head.headers["content-encoding"] == "gzip"
    assert head.headers["content-type"].startswith("text/javascript")
    assert (await client.get("/theme.js")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["..%2findex.html", ".env", "%2e%2e", "a%00b", "x" * 5000, "main-a1b2.css"]
)
async def test_no_other_file_is_served(client: httpx.AsyncClient, built: Path, name: str) -> None:
    (built / "assets" / ".env").write_text("secret")

    assert (await client.get(f"/assets/{name}")).status_code in (400, 404)


async def test_without_a_build_a_page_says_what_is_missing(
    client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "DIST", tmp_path)

    answer = await client.get("/projects", headers=PAGE)

    assert answer.status_code == 200
    assert "make run" in answer.text
    assert (await client.get("/theme.js")).status_code == 404
