"""The list of everything that can go wrong: the page ``/docs/errors`` and the file docs/errors.md.

``python -m app.api.error_reference`` prints the file.
"""

import sys
from collections.abc import Iterator
from html import escape
from importlib import import_module
from pkgutil import walk_packages
from typing import Final

import app
from app.core.errors import BackendifyError

_INTRODUCTION: Final = """\
# Errors

Every error is `application/problem+json` (RFC 9457):

```json
{
  "type": "/docs/errors#validation_failed",
  "title": "Validation failed",
  "status": 422,
  "detail": "The body is not valid.",
  "instance": "/api/auth/register",
  "code": "validation_failed",
  "errors": [{"pointer": "/email", "code": "value_error", "message": "…"}],
  "hint": "…",
  "request_id": "0192…"
}
```

`code` is stable and made for programs; `detail` and `hint` are for people and may change. `errors`
names each fault of a body by a JSON Pointer. `request_id` is also in the header `X-Request-Id` and
in the server's log. Answers with status 503 and 504 say in `Retry-After` when to try again.

What a caller may not see does not exist: such objects answer exactly as unknown ones do.

This page is made from the program (`python -m app.api.error_reference > docs/errors.md`).
"""


def list_error_kinds() -> list[type[BackendifyError]]:
    """One class for each code, by status, then code. Complete once the features are loaded."""
    by_code: dict[str, type[BackendifyError]] = {}
    for kind in _descendants(BackendifyError):
        by_code.setdefault(kind.code, kind)
    return sorted(by_code.values(), key=lambda kind: (kind.status, kind.code))


def as_markdown() -> str:
    rows = "\n".join(
        f'| <a id="{kind.code}"></a>`{kind.code}` | {kind.status} | {meaning(kind)} |'
        for kind in list_error_kinds()
    )
    return f"{_INTRODUCTION}\n| code | status | meaning |\n|---|---|---|\n{rows}\n"


def as_html() -> str:
    rows = "\n".join(
        f'<tr id="{kind.code}"><td><code>{kind.code}</code><td>{kind.status}'
        f"<td>{escape(meaning(kind))}"
        for kind in list_error_kinds()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Errors</title>'
        f"<h1>Errors</h1><table><tr><th>code<th>status<th>meaning\n{rows}</table></html>"
    )


def meaning(kind: type[BackendifyError]) -> str:
    """The first paragraph of the class's docstring, else its title."""
    words = (kind.__dict__.get("__doc__") or f"{kind.title}.").strip().split("\n\n")[0]
    return " ".join(words.split())


def _descendants(kind: type[BackendifyError]) -> Iterator[type[BackendifyError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _descendants(child)


def import_all() -> None:
    """Import every module, so that every error class is known."""
    for module in walk_packages(app.__path__, prefix="app."):
        import_module(module.name)


if __name__ == "__main__":
    import_all()
    sys.stdout.write(as_markdown())
