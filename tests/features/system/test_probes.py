"""Probes: alive without a database, ready only with one, silent about reasons."""

import httpx


async def test_the_process_is_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "ok"}
    for path in ("/readyz", "/api/health"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert answer.json()["checks"]["database"] == "ok"
