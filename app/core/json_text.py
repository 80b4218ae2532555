"""JSON text in and out without losing a digit, and without what Postgres cannot hold.

Numbers with a fraction become ``Decimal`` and are written back digit by digit.
"""

import json
from decimal import Decimal
from typing import Any, NoReturn

from app.core.errors import BadRequestError

MAX_DEPTH = 32
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class JsonSyntaxError(BadRequestError):
    code = "request_invalid_json"


def parse_json(text: str | bytes) -> Any:
    """Parse a JSON text; refuses NaN, Infinity, lone surrogates, NUL and more than 32 levels.

    Raises JsonSyntaxError, which is also what a client is told.
    """
    try:
        value = json.loads(
            text if isinstance(text, str) else text.decode(),
            parse_float=_finite_decimal,
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError:
        raise JsonSyntaxError("The body is not valid UTF-8.") from None
    except RecursionError:
        raise JsonSyntaxError(f"The JSON text is nested deeper than {MAX_DEPTH}.") from None
    except ValueError as error:
        raise JsonSyntaxError(f"The JSON text cannot be read: {_reason(error)}.") from None
    if isinstance(value, dict | list):
        check_depth(value)
    if (b"\\u" if isinstance(text, bytes) else "\\u") in text:  # type: ignore[operator]  # same kind
        _refuse_bad_text(value)
    return value


def read_json(text: str | bytes) -> Any:
    """A document of our own, read as it was written: nothing in it is a client's to get wrong."""
    return json.loads(text, parse_float=Decimal)


def parse_json_prefix(text: str, start: int) -> tuple[Any, int] | None:
    """The value that begins at ``start``, and where it ends; None where the text breaks off.

    The same rules and errors as ``parse_json``.
    """
    try:
        value, end = _decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        if error.msg.startswith("Unterminated") or len(text) - error.pos < _LONGEST_TOKEN:
            return None
        raise JsonSyntaxError(f"The JSON text cannot be read: {error.msg.lower()}.") from None
    except RecursionError:
        raise JsonSyntaxError(f"The JSON text is nested deeper than {MAX_DEPTH}.") from None
    except ValueError as error:
        raise JsonSyntaxError(f"The JSON text cannot be read: {error}.") from None
    if isinstance(value, dict | list):
        check_depth(value)
    if text.find("\\u", start, end) >= 0:
        _refuse_bad_text(value)
    return value, end


def dump_json(value: Any) -> str:
    """Write a value as compact JSON text, decimals with every digit."""
    try:
        return _encode(value)
    except TypeError:
        return _dump_exact(value)


def check_depth(value: Any, limit: int = MAX_DEPTH) -> None:
    """Refuse a value that is nested deeper than ``limit``, walking level by level."""
    level = [value]
    for _ in range(limit):
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise JsonSyntaxError(f"The JSON text is nested deeper than {limit}.")


def _dump_exact(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        pairs = (f"{json.dumps(k, ensure_ascii=False)}:{_dump_exact(v)}" for k, v in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_dump_exact, value)) + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _finite_decimal(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > 1000:
        raise ValueError("a number is out of range")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_bad_text(value: Any) -> None:
    """Escapes can smuggle in what raw UTF-8 cannot: lone surrogates and NUL."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            pending.extend((*each.keys(), *each.values()))
        elif isinstance(each, list):
            pending.extend(each)
        elif isinstance(each, str):
            _refuse_bad_string(each)


def _refuse_bad_string(text: str) -> None:
    if "\x00" in text:
        raise JsonSyntaxError("The NUL character cannot be stored.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise JsonSyntaxError("The JSON text holds a lone surrogate.") from None


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[0].lower()}{error.msg[1:]} at line {error.lineno}, column {error.colno}"
    return str(error)


_decoder = json.JSONDecoder(parse_float=_finite_decimal, parse_constant=_no_constant)
_LONGEST_TOKEN = 12  # of those that are not strings or numbers: an escaped pair of surrogates
