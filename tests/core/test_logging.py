import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from app.core.config import Settings
from app.core.logging import configure_logging, hide_secrets


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Standard error, with logging configured as the server does it."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    root = logging.getLogger()
    handlers, level, processors = root.handlers[:], root.level, structlog.get_config()
    configure_logging(Settings(log_level="info", log_format="json"))
    assert isinstance(sys.stderr, io.StringIO)
    yield sys.stderr
    root.handlers, root.level = handlers, level
    structlog.configure(**processors)


def test_a_line_is_json_with_the_requests_id(written: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("app.x").info("something_happened", count=3)
        logging.getLogger("library").warning("told %s", "so")

    own, library = (json.loads(line) for line in written.getvalue().splitlines())
    assert (own["event"], own["request_id"], own["count"]) == ("something_happened", "r-1", 3)
    assert (library["event"], library["request_id"], library["level"]) == (
        "told so",
        "r-1",
        "warning",
    )


def test_an_exception_is_one_line_without_the_password(written: io.StringIO) -> None:
    try:
        raise OSError("cannot reach postgresql://app:hunter2@db/x")
    except OSError:
        structlog.get_logger("app.x").exception("failed")

    line = written.getvalue()
    assert "hunter2" not in line
    assert "OSError" in json.loads(line)["exception"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("password", "hunter2"),
        ("smtp_password", "hunter2"),
        ("Authorization", "Basic hunter2"),
        ("headers", {"x-api-key": "hunter2"}),
        ("body", [{"refresh_token": "hunter2"}]),
        ("text", "GET /x with Bearer hunter2"),
        ("text", "key bk_abc_hunter2"),
        ("text", "whsec_hunter2"),
        ("url", "https://me:hunter2@host/x"),
        ("error", ValueError("postgres://me:hunter2@host/x")),
    ],
)
def test_a_secret_is_covered_by_its_name_or_its_look(key: str, value: object) -> None:
    assert "hunter2" not in str(hide_secrets(None, "info", {key: value}))


def test_what_is_no_secret_stays() -> None:
    entry = {"event": "served", "status": 200, "path": "/api/projects/blog", "ok": None}
    assert hide_secrets(None, "info", dict(entry)) == entry
