"""The container files, read as Docker would read them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.core.config import Settings, environment_names

ROOT = Path(__file__).parents[2]


def instructions() -> Iterator[tuple[str, str]]:
    """The Dockerfile's instructions, with continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            yield name, rest


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_the_image_runs_as_an_ordinary_user_with_a_health_check() -> None:
    last_stage: dict[str, str] = {}
    for name, rest in instructions():
        last_stage = {"FROM": rest} if name == "FROM" else last_stage | {name: rest}
    assert last_stage["USER"] == "backendify"
    assert "/readyz" in last_stage["HEALTHCHECK"]
    assert last_stage["ENTRYPOINT"] == '["python", "-m", "app.cli"]'
    assert last_stage["VOLUME"] == "/data"


def test_the_image_installs_only_what_is_locked() -> None:
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert installs
    assert all("--require-hashes -r requirements.lock" in rest for rest in installs)


def test_everything_the_image_copies_from_the_sources_is_there() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    for name, rest in instructions():
        if name != "COPY" or rest.startswith("--from"):
            continue
        for source in shlex.split(rest)[:-1]:
            assert (ROOT / source).exists(), source
            assert source not in ignored


def test_what_is_private_stays_out_of_the_image() -> None:
    assert {".git", ".env", "data", ".venv"} <= set((ROOT / ".dockerignore").read_text().split())


def test_compose_has_two_services_with_volumes_and_health_checks(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"api", "db"}
    assert services["db"]["image"] == "postgres:18"
    for service in services.values():
        assert service["healthcheck"]["test"]
        assert service["volumes"][0].split(":")[0] in compose["volumes"]
    assert services["api"]["depends_on"]["db"]["condition"] == "service_healthy"
    assert "ports" not in services["db"]


def test_compose_sets_only_settings_that_exist(compose: dict[str, Any]) -> None:
    known = {name for field in Settings.model_fields for name in environment_names(field)}
    assert set(compose["services"]["api"]["environment"]) <= known | {"PGPASSWORD"}


def test_compose_holds_no_password(compose: dict[str, Any]) -> None:
    assert compose["services"]["db"]["environment"]["POSTGRES_PASSWORD"].startswith(
        "${POSTGRES_PASSWORD:?"
    )
