"""What the database refuses names only fields that the client may read or set."""

from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from app.engine.catalog.model import Collection, Shadow, make_collection
from app.engine.policy.model import EVERYTHING, Grant
from app.engine.query.execute import refused
from tests.engine.conditions.world import THINGS

SHOWN = frozenset({"id", THINGS.fields["word"].id})
PARTIAL = Grant(fields=SHOWN, shown=SHOWN)


def _error(kind: type[asyncpg.PostgresError], **told: str) -> asyncpg.PostgresError:
    error = kind("refused")
    for name, value in told.items():
        setattr(error, name, value)
    return error


def _told(error: asyncpg.PostgresError, collection: Collection, grant: Grant) -> str:
    found: Any = refused(error, collection, grant)
    return repr((found.detail, found.hint, found.errors))


@pytest.mark.parametrize("name", ["word", "amount"])
def test_a_column_that_must_have_a_value(name: str) -> None:
    error = _error(asyncpg.NotNullViolationError, column_name=THINGS.fields[name].column)
    assert name in _told(error, THINGS, EVERYTHING)
    assert (name in _told(error, THINGS, PARTIAL)) is (name == "word")


def test_a_field_whose_type_is_being_changed() -> None:
    second = Shadow("_s_x", "int")
    fields = (
        replace(each, shadow=second if each.name in {"word", "amount"} else None)
        for each in THINGS.fields.values()
    )
    things = make_collection(id=THINGS.id, name=THINGS.name, table=THINGS.table, fields=fields)
    error = _error(asyncpg.InvalidTextRepresentationError)
    assert "amount" in _told(error, things, EVERYTHING)
    told = _told(error, things, PARTIAL)
    assert "word" in told
    assert "amount" not in told
