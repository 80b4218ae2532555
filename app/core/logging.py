"""Logs: one JSON object a line on standard error, with the request's id, without secrets."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from app.core.config import Settings

HIDDEN = "***"
_SECRET_KEY = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api[-_]?key|credential|dsn|database_url",
    re.I,
)
_SECRET_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(\w+://[^\s:/@]*:)[^\s@]+@"), rf"\1{HIDDEN}@"),  # a password in a URL
    (re.compile(r"\b(bearer\s+)\S+", re.I), rf"\1{HIDDEN}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),  # a signed token
    (re.compile(r"\b(bk_\w+?_)\w+"), rf"\1{HIDDEN}"),  # an API key
    (re.compile(r"\bwhsec_[\w+/=]+"), HIDDEN),
    (re.compile(r"\bwfh_[\w-]+"), HIDDEN),  # the URL of an incoming webhook
)
_DEPTH = 6


def configure_logging(settings: Settings) -> None:
    """Send our own logs and those of libraries through one pipeline, once per process."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                hide_secrets,
                _renderer(settings),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for noisy in ("alembic", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def hide_secrets(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Cover secrets by the name of their key and by their look."""
    return {key: _hide(key, value, _DEPTH) for key, value in entry.items()}


def _hide(key: str, value: Any, depth: int) -> Any:
    if value is not None and _SECRET_KEY.search(key):
        return HIDDEN
    if isinstance(value, str):
        return _hide_text(value)
    if isinstance(value, dict) and depth:
        return {name: _hide(str(name), inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list | tuple) and depth:
        return [_hide("", inner, depth - 1) for inner in value]
    return value if isinstance(value, bool | int | float | None) else _hide_text(str(value))


def _hide_text(text: str) -> str:
    for pattern, cover in _SECRET_TEXT:
        text = pattern.sub(cover, text)
    return text


def _renderer(settings: Settings) -> structlog.types.Processor:
    if settings.log_format == "console":
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.processors.JSONRenderer()
