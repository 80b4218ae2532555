"""``http.request``: a request to elsewhere, through the one client that may send any.

It carries the step's key as ``Idempotency-Key``, so that a receiver that knows the header does
once what is asked several times.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlencode

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from app.api.schemas import RequestBody
from app.core.action import Action, ActionContext, ActionFailedError
from app.core.egress import EgressRefusedError
from app.core.http_client import LONGEST_URL, EgressFailedError, InvalidUrlError, Reply, check_url
from app.core.json_text import JsonSyntaxError, dump_json, parse_json
from app.features.workflows.template_filters import as_text

LONGEST_SECONDS: Final = 60
MOST_READ: Final = 256 * 1024
LONGEST_TEXT: Final = 64 * 1024
MOST_REDIRECTS: Final = 3
LONGEST_PAUSE: Final = 3_600

_SHOWN_HEADERS: Final = (
    "content-type", "etag", "last-modified", "link", "location", "retry-after", "x-request-id",
)  # fmt: skip
_LONGEST_HEADER: Final = 2_000
_TRY_AGAIN: Final = frozenset({408, 425, 429})
_CHARSETS: Final = frozenset({"utf-8", "us-ascii", "iso-8859-1", "windows-1252"})
_CHARSET: Final = re.compile(r'charset="?([a-z0-9-]{1,20})')
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e]{0,8000}")
_OURS: Final = frozenset(
    {
        "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip

Scalar = str | bool | int | Decimal | float | None
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]


class HttpParams(RequestBody):
    """At most one of ``json``, ``form`` and ``body`` is sent. ``accept_status`` are answers that
    are no failure although they are not of the 2xx; a null header or query value is left out."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    method: Method = "GET"
    url: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_URL)]
    headers: dict[str, Scalar] = Field(default_factory=dict, max_length=50)
    query: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict, max_length=100)
    json_: Any = Field(default=None, alias="json")
    form: dict[str, Scalar | list[Scalar]] | None = None
    body: str | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=LONGEST_SECONDS)] = 15.0
    accept_status: list[Annotated[int, Field(ge=100, le=599)]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_one_body(self) -> Self:
        if len(self.model_fields_set & {"json_", "form", "body"}) > 1:
            raise ValueError("A request has one of json, form and body.")
        return self


async def request(context: ActionContext, given: HttpParams) -> Any:
    """``{"response": {"status", "headers", "text", "json", "cut"}}``."""
    _check_host(given.url, context.allowed_hosts)
    content_type, content = _content(given)
    headers = _headers(given, content_type, context.key)
    try:
        reply = await context.services.http.request(
            given.method,
            _url(given),
            headers=headers,
            content=content,
            seconds=given.timeout_seconds,
            most_bytes=MOST_READ,
            excess="cut",
            redirects=MOST_REDIRECTS if given.method in ("GET", "HEAD") else 0,
        )
    except (EgressRefusedError, InvalidUrlError) as error:
        raise ActionFailedError(error.code, error.detail) from error
    except EgressFailedError as error:
        raise ActionFailedError(error.code, error.detail, retryable=True) from error
    output = {"response": _shown(reply, context.hide)}
    _check_status(reply, given.accept_status, output)
    return output


def _check_host(url: str, allowed: frozenset[str] | None) -> None:
    """Secrets go where they may go. A redirect takes none of them along."""
    try:
        host = check_url(url).host.lower()
    except InvalidUrlError as error:
        raise ActionFailedError(error.code, error.detail) from error
    if allowed is not None and host not in allowed:
        raise ActionFailedError(
            "secret_host_refused", f"A secret of this step may not be sent to {host[:100]!r}."
        )


def _check_status(reply: Reply, accepted: list[int], output: Any) -> None:
    status = reply.status
    if 200 <= status < 300 or status in accepted:
        return
    raise ActionFailedError(
        "http_status",
        f"The server answered {status}.",
        retryable=status >= 500 or status in _TRY_AGAIN,
        output=output,
        pause=_asked_pause(reply),
    )


def _asked_pause(reply: Reply) -> float:
    """The seconds that ``Retry-After`` asks for, within reason; its other form is a date."""
    given = str(reply.headers.get("retry-after", ""))
    is_number = given.isascii() and given.isdecimal() and len(given) < 10
    return min(int(given), LONGEST_PAUSE) if is_number else 0


def _url(given: HttpParams) -> str:
    pairs = [(name, each) for name, value in given.query.items() for each in _texts(value)]
    if not pairs:
        return given.url
    address, mark, fragment = given.url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(pairs)}{mark}{fragment}"


def _content(given: HttpParams) -> tuple[str | None, bytes | None]:
    """The media type and the body."""
    if "json_" in given.model_fields_set:
        return "application/json", dump_json(given.json_).encode()
    if given.form is not None:
        pairs = [(name, each) for name, value in given.form.items() for each in _texts(value)]
        return "application/x-www-form-urlencoded", urlencode(pairs).encode()
    if given.body is not None:
        return "text/plain; charset=utf-8", given.body.encode()
    return None, None


def _texts(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if each is not None:
            yield as_text(each)


def _headers(given: HttpParams, content_type: str | None, key: str) -> Mapping[str, str]:
    """Ours, but for what the step names itself. Raises ActionFailedError."""
    own = {name: as_text(each) for name, each in given.headers.items() if each is not None}
    for name, value in own.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
            raise ActionFailedError("http_header_invalid", f"No header {name[:60]!r} can be sent.")
        if not _HEADER_VALUE.fullmatch(value):
            told = f"The value of the header {name!r} cannot be sent."
            raise ActionFailedError("http_header_invalid", told)
    named = {name.lower() for name in own}
    ours = {"Idempotency-Key": key, "Content-Type": content_type}
    return {n: v for n, v in ours.items() if v is not None and n.lower() not in named} | own


def _shown(reply: Reply, hide: Callable[[Any], Any]) -> dict[str, Any]:
    text = hide(_text(reply))
    return {
        "status": reply.status,
        "headers": {
            name: hide(reply.headers[name])[:_LONGEST_HEADER]
            for name in _SHOWN_HEADERS
            if name in reply.headers
        },
        "text": text[:LONGEST_TEXT],
        "json": None if reply.cut else hide(_json(reply.content)),
        "cut": reply.cut or len(text) > LONGEST_TEXT,
    }


def _text(reply: Reply) -> str:
    """What cannot be read, or cannot be stored, is a replacement character."""
    found = _CHARSET.search(reply.headers.get("content-type", "").lower())
    charset = found[1] if found and found[1] in _CHARSETS else "utf-8"
    return reply.content.decode(charset, "replace").replace("\x00", "\ufffd")


def _json(content: bytes) -> Any:
    try:
        return parse_json(content)
    except JsonSyntaxError:
        return None


HTTP_REQUEST: Final = Action(
    "http.request",
    "Sends a request to another server.",
    HttpParams,
    request,
    attempts=3,
    seconds=LONGEST_SECONDS + 5.0,
    takes_secrets=True,
    waits=True,
)
