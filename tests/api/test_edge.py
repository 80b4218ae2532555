"""The edge: what every request meets, whichever route it is for."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.main import create_app
from tests.conftest import Admin, TestProject
from tests.running import client_for, lifespan
from tests.waiting import PATIENCE_SECONDS


async def test_a_request_id_is_taken_over_or_made(client: httpx.AsyncClient) -> None:
    told = await client.get("/livez", headers={"X-Request-Id": "abc-1.2_3~"})
    made = [(await client.get("/livez")).headers["x-request-id"] for _ in range(2)]

    assert told.headers["x-request-id"] == "abc-1.2_3~"
    assert made[0] != made[1]


@pytest.mark.parametrize(
    "given", ["", "a b", "x" * 129, '"', "{}", "a\tb", f"run_{'0a' * 16}", f"run_{'0A' * 16}"]
)
async def test_a_request_id_that_could_disturb_a_log_or_name_a_run_is_replaced(
    client: httpx.AsyncClient, given: str
) -> None:
    answer = await client.get("/livez", headers={"X-Request-Id": given})

    assert answer.headers["x-request-id"] != given
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_every_answer_has_the_protective_headers(
    client: httpx.AsyncClient, admin: Admin
) -> None:
    for answer in (
        await client.get("/livez"),
        await client.get("/nowhere"),
        await client.get("/api/projects"),
        await admin.client.get("/api/projects"),
    ):
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["server-timing"].startswith("total;dur=")
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers


async def test_over_tls_browsers_are_told_to_stay_there(app: Any) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://test") as client:
        assert "strict-transport-security" in (await client.get("/livez")).headers


async def test_an_unknown_route_and_a_wrong_method_are_problems(client: httpx.AsyncClient) -> None:
    unknown = await client.get("/nowhere")
    wrong = await client.put("/api/auth/login")

    assert (unknown.status_code, unknown.json()["code"]) == (404, "route_not_found")
    assert unknown.json()["instance"] == "/nowhere"
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/api/projects/", "/API/projects", "//api/projects"])
async def test_only_the_exact_path_is_a_route(admin: Admin, path: str) -> None:
    assert (await admin.client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("/livez?x=" + "y" * 20_000, 414, "request_url_too_long"),
        ("/" + "y" * 20_000, 414, "request_url_too_long"),
        ("/api/%ff", 400, "request_url_encoding"),
        ("/api/projects?x=%C3%28", 400, "request_url_encoding"),
        ("/api/projects?x=%00", 400, "request_url_encoding"),
        ("/api/projects/%00", 400, "request_url_encoding"),
    ],
)
async def test_a_url_that_cannot_be_read_is_refused(
    client: httpx.AsyncClient, url: str, status: int, code: str
) -> None:
    answer = await client.get(url)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


class TestBodies:
    """The limit on bodies, here 1,000 bytes."""

    @pytest.fixture
    async def small(self, settings: Settings) -> AsyncIterator[Any]:
        application = create_app(settings.model_copy(update={"max_body_bytes": 1000}))
        async with lifespan(application):
            yield application

    async def test_a_stated_length_beyond_the_limit_is_refused(self, small: Any) -> None:
        async with client_for(small) as client:
            answer = await client.post("/api/auth/login", json={"email": "x" * 1000})

        assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")

    async def test_a_body_of_unknown_length_is_cut_off_at_the_limit(self, small: Any) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 1_000_000:
                sent += 100
                yield b"x" * 100

        async with client_for(small) as client:
            answer = await client.post(
                "/api/auth/login",
                content=endless(),
                headers={"content-type": "application/json"},
            )

        assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")

    async def test_a_body_within_the_limit_is_read(self, small: Any) -> None:
        async with client_for(small) as client:
            answer = await client.post("/api/auth/login", json={"email": "x" * 900})

        assert answer.status_code == 422


class TestCors:
    """Other origins' pages."""

    ORIGIN = "https://app.example.com"

    @pytest.fixture
    async def sharing(self, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
        application = create_app(settings.model_copy(update={"cors_origins": (self.ORIGIN,)}))
        async with lifespan(application), client_for(application) as client:
            yield client

    async def test_a_listed_origin_may_read_answers(self, sharing: httpx.AsyncClient) -> None:
        answer = await sharing.get("/livez", headers={"Origin": self.ORIGIN})

        assert answer.headers["access-control-allow-origin"] == self.ORIGIN
        assert "etag" in answer.headers["access-control-expose-headers"]
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answer.headers

    @pytest.mark.parametrize(
        "origin",
        [
            "null",
            "https://app.example.com.evil.test",
            "https://evil-app.example.com",
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://APP.example.com",
            "",
        ],
    )
    async def test_no_other_origin_may(self, sharing: httpx.AsyncClient, origin: str) -> None:
        for answer in (
            await sharing.get("/livez", headers={"Origin": origin}),
            await self.preflight(sharing, origin),
        ):
            assert not [name for name in answer.headers if name.startswith("access-control")]

    async def test_a_preflight_is_answered_without_the_route(
        self, sharing: httpx.AsyncClient
    ) -> None:
        answer = await self.preflight(sharing, self.ORIGIN)

        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == self.ORIGIN
        assert "PATCH" in answer.headers["access-control-allow-methods"]
        assert "authorization" in answer.headers["access-control-allow-headers"]

    async def test_an_asterisk_allows_any_origin_and_never_credentials(
        self, settings: Settings
    ) -> None:
        application = create_app(settings.model_copy(update={"cors_origins": ("*",)}))
        async with lifespan(application), client_for(application) as client:
            answer = await client.get("/livez", headers={"Origin": "https://x.test"})

        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers

    async def test_a_projects_own_origins_may_call_that_project_only(
        self, sharing: httpx.AsyncClient, admin: Admin, project: TestProject
    ) -> None:
        page = "https://shop.example.com"
        change = {"cors_origins": [page]}
        await admin.client.patch(f"{project.url}/settings", json=change)

        own = await sharing.get(f"{project.url}/data/users", headers={"Origin": page})
        by_id = await sharing.options(
            f"/api/projects/{project.id}/data/users",
            headers={"Origin": page, "Access-Control-Request-Method": "GET"},
        )
        assert own.headers["access-control-allow-origin"] == page
        assert by_id.headers["access-control-allow-origin"] == page
        for path in ("/api/projects", "/api/projects/other/data/users", "/livez"):
            other = await sharing.get(path, headers={"Origin": page})
            assert "access-control-allow-origin" not in other.headers

    @pytest.mark.parametrize(
        "origin", ["null", "https://shop.example.com.evil.test", "https://a.shop.example.com"]
    )
    async def test_what_resembles_a_projects_origin_may_not(
        self, sharing: httpx.AsyncClient, admin: Admin, project: TestProject, origin: str
    ) -> None:
        change = {"cors_origins": ["https://shop.example.com"]}
        await admin.client.patch(f"{project.url}/settings", json=change)
        refused = await admin.client.patch(
            f"{project.url}/settings", json={"cors_origins": ["null"]}
        )
        answer = await sharing.get(f"{project.url}/data/users", headers={"Origin": origin})

        assert refused.status_code == 422
        assert not [name for name in answer.headers if name.startswith("access-control")]

    @staticmethod
    async def preflight(client: httpx.AsyncClient, origin: str) -> httpx.Response:
        headers = {"Origin": origin, "Access-Control-Request-Method": "PATCH"}
        return await client.options("/api/projects", headers=headers)


async def test_requests_are_counted_by_route_not_by_path(
    admin: Admin, client: httpx.AsyncClient, project: TestProject
) -> None:
    await admin.client.get(project.url)
    await client.get("/nowhere/at-all")
    await client.request("BREW", "/livez")

    text = (await client.get("/metrics")).text

    assert 'method="GET",route="/api/projects/{project}",status="200"' in text
    assert 'method="GET",route="unmatched",status="404"' in text
    assert 'method="OTHER",route="/livez",status="405"' in text
    assert project.slug not in text
    assert "at-all" not in text
    assert "BREW" not in text


async def test_the_access_log_names_the_request_and_no_secret(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    application = create_app(settings.model_copy(update={"log_level": "info"}))
    async with lifespan(application), client_for(application) as client:
        headers = {"X-Request-Id": "told-9", "Authorization": "Bearer s3cret-header"}
        await client.post("/api/invitations/s3cret-path/accept", headers=headers)
        await client.get("/livez?token=s3cret-query")
        told = await client.post("/api/hooks/wfh_s3cret", json={})
        await client.post("/api/hooks/wfh_s3cret/more", json={})
        await client.post("//api/hooks/wfh_s3cret", json={})
        await client.get("/api/hooks/s3cret%2Fs3cret")
        await asyncio.sleep(0.5)

    logged = capfd.readouterr().err
    assert '"route":"/api/invitations/{token}/accept","status":401' in logged
    assert '"path":"/api/hooks/***","route":"/api/hooks/{secret}","status":404' in logged
    assert told.json()["instance"] == "/api/hooks/***"
    assert '"request_id":"told-9"' in logged
    assert "s3cret" not in logged


async def test_without_a_database_only_the_probes_answer(settings: Settings) -> None:
    unreachable = settings.model_copy(update={"database_url": "postgresql://x@127.0.0.1:1/x"})
    application = create_app(unreachable)
    async with lifespan(application), client_for(application) as client:
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/docs")).status_code == 200
        for path in ("/readyz", "/api/projects", "/api/health", "/api/projects/x/data/y"):
            answer = await client.get(path)
            assert answer.status_code == 503, path
            assert int(answer.headers["retry-after"]) >= 1


async def test_a_stopped_application_leaves_no_task_behind(settings: Settings) -> None:
    before = asyncio.all_tasks()
    async with lifespan(create_app(settings)):
        pass
    left = asyncio.all_tasks() - before
    if left:  # the driver gives a cut connection back in a task of its own
        _, left = await asyncio.wait(left, timeout=PATIENCE_SECONDS)

    assert not left
