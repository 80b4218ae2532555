import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.config import ConfigurationError, Settings, environment_names, load_settings
from app.core.crypto import is_weak_secret, stored_secret

STRONG = "8f2b61c0a7d94e35b1f0c2d4e6a89b73"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        for name in environment_names(field):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_name_is_read_plain_and_with_the_prefix_and_the_prefix_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example")
    assert load_settings().cors_origins == ("https://a.example", "https://b.example")

    monkeypatch.setenv("BACKENDIFY_CORS_ORIGINS", "https://c.example")
    assert load_settings().cors_origins == ("https://c.example",)


def test_names_common_in_shells_are_read_only_with_the_prefix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOST", "elsewhere")
    monkeypatch.setenv("PORT", "1")
    assert (load_settings().host, load_settings().port) == ("127.0.0.1", 8000)


def test_a_dotenv_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("BACKENDIFY_PORT=9001\nACCESS_TOKEN_EXPIRE_MINUTES=5\n")
    monkeypatch.setenv("BACKENDIFY_PORT", "9002")

    settings = load_settings()

    assert (settings.port, settings.access_token_expire_minutes) == (9002, 5)


@pytest.mark.parametrize("name", ["JWT_SECRET", "BACKENDIFY_JWT_SECRET"])
def test_a_secret_may_come_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret").write_text(STRONG + "\n")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))

    assert load_settings().jwt_secret == STRONG


def test_a_secret_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET_FILE", "/nowhere/secret")
    with pytest.raises(ConfigurationError, match="JWT_SECRET_FILE cannot be read: /nowhere/secret"):
        load_settings()


@pytest.mark.parametrize("weak", ["hunter2", "a" * 64, "your-secret-key-change-in-production"])
def test_a_weak_secret_is_refused_outside_development(
    monkeypatch: pytest.MonkeyPatch, weak: str
) -> None:
    monkeypatch.setenv("JWT_SECRET", weak)

    with pytest.raises(ConfigurationError, match="JWT_SECRET is weak") as caught:
        load_settings()
    assert weak not in str(caught.value)
    assert load_settings(env="development").jwt_secret == weak


@pytest.mark.parametrize("algorithm", ["HS256", "ES256", "RS256"])
def test_a_secret_nobody_gave_is_made_once_and_private(tmp_path: Path, algorithm: str) -> None:
    first = load_settings(data_dir=tmp_path / "data", jwt_algorithm=algorithm)
    second = load_settings(data_dir=tmp_path / "data", jwt_algorithm=algorithm)

    files = list((tmp_path / "data" / "secrets").iterdir())
    assert first.jwt_secret == second.jwt_secret
    assert not is_weak_secret(first.jwt_secret)
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600]


def test_processes_starting_together_get_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: stored_secret(tmp_path / "s", "HS256"), range(32)))

    assert len(set(made)) == 1


def test_a_bad_value_is_explained_by_its_name_and_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BACKENDIFY_PORT", "hunter2")
    with pytest.raises(ConfigurationError, match="BACKENDIFY_PORT") as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_secrets_do_not_appear_in_the_settings_text() -> None:
    settings = Settings(
        jwt_secret=STRONG, database_url=f"postgresql://a:{STRONG}@db/x", smtp_password=STRONG
    )
    assert STRONG not in repr(settings)
    assert STRONG not in str(settings)
