"""A cell that a spreadsheet would run becomes text, and comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.formulas import escape_formula, unescape_formula


@given(st.text(st.sampled_from("'=+-@\t\ra1. ")) | st.text())
def test_there_and_back_nothing_changes(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\tx", "\r=x", "-2+3", "'=x"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+5.25", "-1e-9", "plain", "", "it's", "'quoted'", "1-2"])
def test_numbers_and_plain_texts_stay_as_they_are(text: str) -> None:
    assert escape_formula(text) == text
