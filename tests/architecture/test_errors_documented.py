"""Every error code is documented, once, and has one status."""

from pathlib import Path

from app.api.error_reference import as_html, as_markdown, import_all, list_error_kinds
from app.core.errors import BackendifyError

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"
REMEDY = "make it anew with: python -m app.api.error_reference > docs/errors.md"


def test_the_document_lists_exactly_the_errors_there_are() -> None:
    import_all()

    assert DOCUMENT.read_text() == as_markdown(), REMEDY


def test_a_code_is_snake_case_and_has_one_status() -> None:
    import_all()
    statuses: dict[str, set[int]] = {}
    for kind in _all_kinds(BackendifyError):
        statuses.setdefault(kind.code, set()).add(kind.status)

    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}
    assert [code for code in statuses if not code.replace("_", "").isalnum()] == []
    assert [code for code in statuses if code != code.lower()] == []


def test_the_page_of_the_server_lists_them_too() -> None:
    import_all()
    page = as_html()

    assert all(f'id="{kind.code}"' in page for kind in list_error_kinds())


def _all_kinds(kind: type[BackendifyError]) -> list[type[BackendifyError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in _all_kinds(child))]
