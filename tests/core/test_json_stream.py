"""A streamed array is read as the whole text would be, however the chunks fall."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import json_stream
from app.core.errors import TooLargeError
from app.core.json_stream import array_items
from app.core.json_text import JsonSyntaxError, parse_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def read(text: str, *, chunk: int, longest: int = 10_000) -> list[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "CHUNK", chunk)
        return list(array_items(io.StringIO(text), longest))


@given(st.lists(VALUES, max_size=6), st.integers(1, 40), st.booleans(), st.sampled_from([None, 1]))
def test_the_items_are_those_of_the_whole_text(
    values: list[Any], chunk: int, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(values, ensure_ascii=ascii_only, indent=indent)
    try:
        expected = parse_json(text)
    except JsonSyntaxError:
        with pytest.raises(JsonSyntaxError):
            read(text, chunk=chunk)
    else:
        assert read(text, chunk=chunk) == expected


@given(st.integers(1, 12))
def test_what_is_no_array_is_refused_however_it_is_cut(chunk: int) -> None:
    for text in ("", "  ", "{}", "1", "[1", "[1,", "[1,]", "[,]", '["a', '["\\', "[tru", "[1] 2",
                 "[1 2]", "[NaN]", '["\\ud800"]', '["\\u0000"]', "[-]", "[1e]", '[{"a" 1}]',
                 f"[{'[' * 40}{']' * 40}]", "[1e9999]"):  # fmt: skip
        with pytest.raises(JsonSyntaxError):
            read(text, chunk=chunk)


def test_an_item_may_be_long_but_not_endless() -> None:
    assert read(json.dumps(["x" * 9_000] * 3), chunk=100) == ["x" * 9_000] * 3
    with pytest.raises(TooLargeError):
        read(json.dumps(["x" * 30_000]), chunk=100)
