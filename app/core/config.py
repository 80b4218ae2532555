"""Settings: every name an operator can set, with its default.

Each setting ``x_y`` is read from ``BACKENDIFY_X_Y``, from ``.env``, and, where the name is common
usage (``DATABASE_URL``, ``JWT_SECRET``, …), from the plain name too. A secret may come from a file
(``JWT_SECRET_FILE``). Secrets nobody gave are made once and kept in the data directory.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, AliasGenerator, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.core.crypto import is_weak_secret, stored_secret
from app.core.errors import BackendifyError

PREFIX = "BACKENDIFY_"
SECRET_NAMES = (
    "database_url",
    "jwt_secret",
    "smtp_password",
    "storage_url",
    "encryption_key",
    "rate_limit_storage",
)

Words = Annotated[tuple[str, ...], NoDecode]
"""A list written with commas."""


class ConfigurationError(BackendifyError):
    """The settings do not allow a start; the message names settings, never their values."""

    code, status, title = "configuration_invalid", 500, "Invalid configuration"


class ServerSettings(BaseSettings):
    """Where it runs and how it is reached."""

    env: Literal["development", "production"] = "production"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str | None = None
    data_dir: Path = Path("data")
    cors_origins: Words = ()
    trusted_proxies: Words = ()
    rate_limits: bool = True
    rate_limit_storage: str = Field(default="memory", repr=False)
    background: bool = True
    shutdown_seconds: int = Field(default=30, ge=0)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"


class DatabaseSettings(BaseSettings):
    """The operator's own Postgres, or the embedded one, and the pools on it."""

    database_url: str | None = Field(default=None, repr=False)
    postgres_bin: Path | None = None
    control_pool_size: int = Field(default=5, ge=1)
    owner_pool_size: int = Field(default=8, ge=1)
    data_pool_size: int = Field(default=4, ge=1)
    export_pool_size: int = Field(default=2, ge=1)
    batch_gets: bool = True
    join_writes: bool = True
    pool_timeout_seconds: float = Field(default=5, gt=0)
    statement_timeout_seconds: int = Field(default=15, ge=1)
    export_timeout_seconds: int = Field(default=60, ge=1)


class AuthSettings(BaseSettings):
    """Tokens and who may register."""

    jwt_secret: str = Field(default="", repr=False)
    jwt_algorithm: Literal["HS256", "HS384", "HS512", "ES256", "RS256"] = "HS256"
    access_token_expire_minutes: int = Field(default=30, ge=1)
    refresh_token_expire_days: int = Field(default=7, ge=1)
    allow_registration: bool = False
    breached_passwords: Path | None = None
    encryption_key: str = Field(default="", repr=False)


class OutboundSettings(BaseSettings):
    """What the server sends: mails, webhooks, stored files."""

    egress_allow: Words = ()
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: str | None = Field(default=None, repr=False)
    smtp_from: str | None = None
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    webhook_schedule: Annotated[tuple[float, ...], NoDecode] = (
        0, 5, 300, 1800, 7200, 18000, 36000, 86400, 115200,
    )  # fmt: skip
    storage_url: str | None = Field(default=None, repr=False)


class LimitSettings(BaseSettings):
    """What one request may ask for."""

    max_body_bytes: int = Field(default=10 * 1024 * 1024, ge=1)
    body_timeout_seconds: float = Field(default=30, gt=0)
    max_url_bytes: int = Field(default=16 * 1024, ge=1)


class RealtimeSettings(BaseSettings):
    """How much those who listen may ask of one process."""

    realtime_sockets_per_principal: int = Field(default=100, ge=1)
    realtime_sockets_per_project: int = Field(default=10_000, ge=1)
    realtime_subscriptions: int = Field(default=100, ge=1)
    realtime_channel_members: int = Field(default=500, ge=1)
    realtime_message_bytes: int = Field(default=64 * 1024, ge=1024)
    realtime_messages_per_second: int = Field(default=50, ge=1)
    realtime_queue_events: int = Field(default=2_000, ge=1)
    realtime_queue_bytes: int = Field(default=2 * 1024 * 1024, ge=1024)


_PLAIN_NAMES = frozenset(
    {"database_url", "public_url", "cors_origins", "trusted_proxies"}
    | AuthSettings.model_fields.keys()
    | OutboundSettings.model_fields.keys()
)


def environment_names(name: str) -> tuple[str, ...]:
    """The environment variables that set ``name``, the strongest first."""
    prefixed = PREFIX + name.upper()
    return (prefixed, name.upper()) if name in _PLAIN_NAMES else (prefixed,)


class Settings(
    ServerSettings,
    DatabaseSettings,
    AuthSettings,
    OutboundSettings,
    LimitSettings,
    RealtimeSettings,
):
    """All settings. Build it from the environment with ``load_settings()``."""

    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(
            validation_alias=lambda name: AliasChoices(*environment_names(name))
        ),
        populate_by_name=True,
        case_sensitive=True,  # else the field names themselves, HOST and PORT, would be read
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del file_secret_settings
        return init_settings, env_settings, _SecretFiles(settings_cls), dotenv_settings

    @field_validator("cors_origins", "trusted_proxies", "egress_allow", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(word.strip() for word in value.split(",") if word.strip())

    @field_validator("webhook_schedule", mode="before")
    @classmethod
    def _split_schedule(cls, value: Any) -> Any:
        return tuple(value.split(",")) if isinstance(value, str) else value

    @field_validator("rate_limit_storage")
    @classmethod
    def _storage(cls, value: str) -> str:
        if value not in ("memory", "postgres") and not re.match(r"(rediss?|unix)://.", value):
            raise ValueError("must be memory, postgres, or a URL such as redis://host:6379/0")
        return value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("public_url")
    @classmethod
    def _http_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not re.match(r"https?://[^/]", value):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @property
    def base_url(self) -> str:
        """What links in answers and mails start with; no trailing slash."""
        return self.public_url or f"http://{self.host}:{self.port}"


def load_settings(**given: Any) -> Settings:
    """Read the environment, refuse what is weak, and make the secrets nobody gave.

    ``given`` wins over the environment. Raises ConfigurationError.
    """
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise ConfigurationError(_explain(error)) from None
    _check_secrets(settings)
    if settings.jwt_secret:
        return settings
    made = stored_secret(settings.data_dir / "secrets", settings.jwt_algorithm)
    return settings.model_copy(update={"jwt_secret": made})


def _check_secrets(settings: Settings) -> None:
    if settings.env == "development":
        return
    for name in ("jwt_secret", "encryption_key"):
        secret = getattr(settings, name)
        if secret and is_weak_secret(secret):
            raise ConfigurationError(
                f"{name.upper()} is weak: shorter than 32 characters, repetitive, or a well-known "
                "word.",
                hint="Leave it unset to have one generated, or use: openssl rand -hex 32",
            )


class _SecretFiles(PydanticBaseSettingsSource):
    """``<NAME>_FILE`` holds the path of a file whose content is the secret."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        del field
        return _secret_from_file(os.environ, field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        read = {name: _secret_from_file(os.environ, name) for name in SECRET_NAMES}
        return {name: value for name, value in read.items() if value is not None}


def _secret_from_file(environment: Mapping[str, str], name: str) -> str | None:
    for variable in environment_names(name):
        path = environment.get(f"{variable}_FILE")
        if path:
            return _read_secret(variable, Path(path))
    return None


def _read_secret(variable: str, path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ConfigurationError(f"{variable}_FILE cannot be read: {path}: {reason}.") from None


def _explain(error: ValidationError) -> str:
    lines = []
    for fault in error.errors(include_input=False, include_url=False):
        name = str(fault["loc"][0]) if fault["loc"] else "settings"
        shown = name if name.isupper() else environment_names(name)[0]
        lines.append(f"{shown}: {fault['msg']}.")
    return " ".join(lines)
