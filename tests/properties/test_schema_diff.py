"""What must hold between any two schemas, without a database."""

import os
from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.engine.catalog.model import Catalog
from app.engine.catalog.snapshot import catalog_to_snapshot
from app.engine.schema.diff import diff, fold
from app.engine.schema.digest import catalog_hash
from app.engine.schema.edits import edit_catalog, edit_collection
from tests.engine.schema.strategies import (
    document_of,
    edits,
    empty_catalog,
    parsed_or_none,
    schemas,
)

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "500"))
BASE = empty_catalog()

thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


@thorough
@given(schemas(), st.data())
def test_applying_the_diff_leads_to_the_wanted_schema_and_its_reverse_back(
    document: dict[str, object], data: st.DataObject
) -> None:
    first = parsed_or_none(document, BASE)
    assume(first is not None)
    assert first is not None
    first = replace(first, version=2)
    second = parsed_or_none(data.draw(edits(first)), first)
    assume(second is not None)
    assert second is not None

    changes = diff(first, second)

    assert catalog_to_snapshot(fold(changes, first)) == catalog_to_snapshot(second)
    back = fold([change.reversed() for change in reversed(changes)], second)
    assert catalog_hash(_sorted(back)) == catalog_hash(_sorted(first))


@thorough
@given(schemas())
def test_a_schema_read_back_is_the_one_written(document: dict[str, object]) -> None:
    stored = parsed_or_none(document, BASE)
    assume(stored is not None)
    assert stored is not None

    again = parsed_or_none(document_of(stored), stored)

    assert again is not None
    assert diff(stored, again) == ()
    assert diff(BASE, BASE) == ()


def _sorted(catalog: Catalog) -> Catalog:
    """What was dropped comes back at the end: in a reverse, order says nothing."""
    collections = [
        edit_collection(
            collection,
            fields=sorted(collection.fields.values(), key=lambda f: f.id),
            indexes=tuple(sorted(collection.indexes, key=lambda i: i.id)),
        )
        for collection in catalog.collections.values()
    ]
    return edit_catalog(catalog, collections=collections)
