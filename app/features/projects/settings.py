"""A project's settings: their shape, their defaults, and how a change is merged in."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from app.api.errors import violations_of
from app.api.rate_limits import DEFAULTS
from app.core.errors import InvalidError
from app.core.rates import parse_rate
from app.features.projects.providers import Providers

_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|\*", re.IGNORECASE)
_REDIRECT: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\\@]+", re.IGNORECASE)

_SCRIPTS: Final = ("javascript:", "data:", "vbscript:", "file:", "blob:", "about:")


class InvalidSettingsError(InvalidError):
    """A setting is unknown or its value not allowed."""

    code = "project_settings_invalid"


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        raise ValueError("An origin is a scheme, a host and maybe a port: https://app.example.com")
    return text.lower()


def _redirect(text: str) -> str:
    if not _REDIRECT.fullmatch(text) or text.lower().startswith(_SCRIPTS):
        raise ValueError("A redirect URL is absolute and holds no user name")
    return text


def _rate(text: str) -> str:
    parse_rate(text)
    return text


def _passkey_origin(text: str) -> str:
    origin = _origin(text)
    host = urlsplit(origin).hostname or ""
    is_local = host == "localhost" or host.endswith(".localhost")
    if origin == "*" or not (origin.startswith("https:") or is_local):
        raise ValueError("Passkeys need https, but on localhost")
    return origin


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, serialize_by_alias=True)


class PasswordRules(_Group):
    min_length: Annotated[int, Field(ge=8, le=128)] = 8


class AuthSettings(_Group):
    """How the project's own users sign up and in.

    ``passwordless``: by codes and links in mails. ``profile_fields`` are fields of ``users`` that
    they set of themselves when they sign up and later, and are shown. Lives that are not given are
    the installation's. Passkeys are good on the pages of ``passkey_origins``, all within the domain
    ``passkey_rp_id`` (else that of the first): changing it leaves the ones there are useless.
    """

    require_verified_email: bool = False
    allow_signup: bool = True
    allow_anonymous: bool = False
    passwordless: bool = True
    password: PasswordRules = PasswordRules()
    profile_fields: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=63)]], Field(max_length=100)
    ] = []
    access_token_minutes: Annotated[int, Field(ge=1, le=1_440)] | None = None
    refresh_token_days: Annotated[int, Field(ge=1, le=365)] | None = None
    redirect_urls: Annotated[
        list[Annotated[str, Field(max_length=2000), AfterValidator(_redirect)]],
        Field(max_length=100),
    ] = []
    passkey_origins: Annotated[
        list[Annotated[str, Field(max_length=300), AfterValidator(_passkey_origin)]],
        Field(max_length=20),
    ] = []
    passkey_rp_id: Annotated[str, Field(max_length=253, pattern=r"^[a-z0-9.-]+$")] | None = None
    providers: Providers = {}

    @model_validator(mode="after")
    def _one_site(self) -> Self:
        hosts = [urlsplit(origin).hostname or "" for origin in self.passkey_origins]
        site = self.passkey_rp_id or (hosts[0] if hosts else "")
        if not all(host == site or host.endswith("." + site) for host in hosts):
            raise ValueError("Passkey origins must all be within the domain passkey_rp_id")
        return self


class SchemaSettings(_Group):
    """How long what is dropped can be brought back."""

    retention_days: Annotated[int, Field(ge=0, le=3_650)] = 7


class HistorySettings(_Group):
    """For how many days the change log is kept; null: for ever."""

    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None


RateText = Annotated[str, Field(max_length=20), AfterValidator(_rate)] | None


class DataRates(_Group):
    """Of reading: ``600/minute``, or ``unlimited``. Anonymous callers are counted by address."""

    anonymous: RateText = DEFAULTS["data"]["anonymous"]
    app_user: RateText = DEFAULTS["data"]["app_user"]
    api_key: RateText = None
    member: RateText = None


class WriteRates(_Group):
    anonymous: RateText = DEFAULTS["write"]["anonymous"]
    app_user: RateText = DEFAULTS["write"]["app_user"]
    api_key: RateText = None
    member: RateText = None


class ImportRates(_Group):
    anonymous: RateText = DEFAULTS["import"]["anonymous"]
    app_user: RateText = DEFAULTS["import"]["app_user"]
    api_key: RateText = None
    member: RateText = None


class AdminRates(_Group):
    """Of the console's own routes."""

    member: RateText = None


class LimitSettings(_Group):
    """How many requests a caller may send, by group of routes."""

    data: DataRates = DataRates()
    write: WriteRates = WriteRates()
    import_: Annotated[ImportRates, Field(alias="import")] = ImportRates()
    admin: AdminRates = AdminRates()


class WorkflowSettings(_Group):
    """How many runs may begin within a minute; those beyond are stopped, and can be retried."""

    runs_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000


class ProjectSettings(_Group):
    auth: AuthSettings = AuthSettings()
    # Called schema in the document: pydantic's own models have a method of that name.
    schema_: Annotated[SchemaSettings, Field(alias="schema")] = SchemaSettings()
    history: HistorySettings = HistorySettings()
    limits: LimitSettings = LimitSettings()
    workflows: WorkflowSettings = WorkflowSettings()
    cors_origins: Annotated[
        list[Annotated[str, Field(max_length=300), AfterValidator(_origin)]],
        Field(max_length=100),
    ] = []


def read_settings(stored: Mapping[str, Any]) -> ProjectSettings:
    """What is stored, filled up with defaults."""
    return ProjectSettings.model_validate(stored)


def merge_settings(stored: Mapping[str, Any], change: Mapping[str, Any]) -> ProjectSettings:
    """Apply a JSON merge patch: null brings back a default. Raises InvalidSettingsError."""
    try:
        return ProjectSettings.model_validate(_merged(stored, change))
    except ValidationError as error:
        raise InvalidSettingsError(
            "The settings are not valid.", errors=violations_of(error.errors())
        ) from None


def stored_form(settings: ProjectSettings) -> dict[str, Any]:
    """What is kept of settings: what was set, with the encrypted secrets that answers leave out."""
    kept = settings.model_dump(mode="json", exclude_unset=True)
    for name, provider in settings.auth.providers.items():
        if provider.client_secret is not None:
            kept["auth"]["providers"][name]["client_secret"] = provider.client_secret
    return kept


def _merged(stored: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(stored)
    for name, value in change.items():
        held = merged.get(name)
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            merged[name] = _merged(held if isinstance(held, Mapping) else {}, value)
        else:
            merged[name] = value
    return merged
