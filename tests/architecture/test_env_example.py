"""``.env.example`` is the whole truth about the settings: nothing missing, nothing invented."""

import os
import re
from pathlib import Path

import pytest

from app.core.config import Settings, environment_names

ROOT = Path(__file__).parents[2]
COMPOSE_ONLY = {"POSTGRES_PASSWORD"}

documented = dict(
    re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.M)
)


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_documented_once(field: str) -> None:
    assert len(documented.keys() & set(environment_names(field))) == 1


def test_nothing_is_documented_that_does_not_exist() -> None:
    known = {name for field in Settings.model_fields for name in environment_names(field)}
    assert documented.keys() <= known | COMPOSE_ONLY


def test_the_documented_values_are_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for field in Settings.model_fields:
        for name in environment_names(field):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    defaults = Settings()

    for name, value in documented.items():
        monkeypatch.setitem(os.environ, name, value)
    assert Settings() == defaults
