"""Which passwords are refused: those everyone knows, those of breaches, the address itself."""

from hashlib import sha1
from pathlib import Path

import httpx
import pytest

from app.core.config import Settings
from app.features.accounts.service.passwords import is_breached
from app.main import create_app
from tests.conftest import Admin
from tests.people import new_email
from tests.running import client_for, lifespan


def listed(path: Path, passwords: list[str], ending: str = "\n", tail: bool = True) -> Path:
    """A file as Have I Been Pwned gives them out: sorted, with counts of different lengths."""
    hashes = sorted(sha1(p.encode(), usedforsecurity=False).hexdigest().upper() for p in passwords)
    lines = [f"{each}:{10 ** (number % 7)}" for number, each in enumerate(hashes)]
    path.write_bytes((ending.join(lines) + (ending if tail else "")).encode())
    return path


@pytest.mark.parametrize("count", [1, 2, 3, 10, 257])
@pytest.mark.parametrize(("ending", "tail"), [("\n", True), ("\r\n", True), ("\n", False)])
def test_every_listed_password_is_found_and_no_other(
    tmp_path: Path, count: int, ending: str, tail: bool
) -> None:
    known = [f"known {number}" for number in range(count)]
    path = listed(tmp_path / "breached", known, ending, tail)

    assert all(is_breached(path, password) for password in known)
    assert not any(is_breached(path, f"unknown {number}") for number in range(100))


async def test_a_password_of_a_breach_is_refused(
    settings: Settings, tmp_path: Path, admin: Admin
) -> None:
    del admin
    path = listed(tmp_path / "breached", ["a staple that leaked", "caf\u00e9 au lait leaked"])
    changed = {"breached_passwords": path, "allow_registration": True}
    application = create_app(settings.model_copy(update=changed))
    async with lifespan(application), client_for(application) as client:
        leaked = await _register(client, "a staple that leaked")
        other_form = await _register(client, "cafe\u0301 au lait leaked")
        fine = await _register(client, "a staple that did not leak")

    assert leaked.json()["code"] == other_form.json()["code"] == "auth_password_refused"
    assert fine.status_code == 201


async def test_the_console_refuses_common_passwords_too(client: httpx.AsyncClient) -> None:
    body = {"token": "x", "password": "Password123"}
    answer = await client.post("/api/auth/password/reset", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "auth_password_refused")
    assert answer.json()["errors"][0]["pointer"] == "/password"


async def _register(client: httpx.AsyncClient, password: str) -> httpx.Response:
    body = {"email": new_email(), "password": password}
    return await client.post("/api/auth/register", json=body)
