"""What a WebSocket's messages have in common: their members, and how faults are told."""

from typing import Any, Final

from app.api.errors import as_backendify_error
from app.core.errors import UnauthenticatedError
from app.core.json_text import dump_json
from app.features.realtime.errors import BadMessageError

LONGEST_ID: Final = 200
MOST_POSITION: Final = 2**63 - 1
_AUTH_HINT: Final = 'Open the socket with {"type": "auth", "token": "…"}.'  # it has no headers


def error_text(error: Exception, message_id: Any, *, ended: bool = False) -> str:
    """A fault as a message; ``id`` is that of the message or subscription it is about.

    ``ended``: the subscription or channel was there, and is no more.
    """
    told = as_backendify_error(error)
    document: dict[str, Any] = {"type": "error", "status": told.status, "code": told.code}
    document["detail"] = told.detail
    if isinstance(message_id, str):
        document["id"] = message_id[:LONGEST_ID]
    if ended:
        document["ended"] = True
    hint = _AUTH_HINT if isinstance(told, UnauthenticatedError) else told.hint
    if hint:
        document["hint"] = hint
    return dump_json(document)


def text_of(message: dict[str, Any], name: str, longest: int = 10_000) -> str:
    value = message.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise BadMessageError(f"{name} is a text of 1 to {longest} characters.")
    return value


def is_position(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_POSITION


def no_others(message: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(message.keys() - known)
    if unknown:
        raise BadMessageError(
            f"{message['type']} has no member {unknown[0][:60]!r}.",
            hint=f"It takes: {', '.join(sorted(known))}.",
        )
