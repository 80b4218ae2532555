"""The platform services of this build: the one line that adds a feature."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.feature import Feature

FEATURES = (
    "system",
    "email",
    "hosted_pages",
    "console",
    "accounts",
    "auth",
    "projects",
    "users",
    "team",
    "api_keys",
    "schema",
    "policies",
    "organisations",
    "data",
    "audit",
    "metrics",
    "realtime",
    "webhooks",
    "secrets",
    "workflows",
    "codegen",
)


@cache
def load_features() -> "tuple[Feature, ...]":
    """The manifest ``FEATURE`` of each ``app/features/<name>/feature.py``, in the order above."""
    return tuple(import_module(f"app.features.{name}.feature").FEATURE for name in FEATURES)
