"""Files between this machine and a running server: what the commands do over HTTP."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

import httpx

from app.core.remote import Remote, answered
from app.features.data.bars import Told

CHUNK = 1 << 18
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "jsonl": "application/x-ndjson",
}


def kind_of(file: str, chosen: str | None) -> str | None:
    """A file's kind: the chosen one, else by its name."""
    kind = chosen or Path(file).suffix.removeprefix(".").lower()
    return kind if kind in MEDIA_TYPES else None


def send_file(
    remote: Remote, path: str, file: IO[bytes], kind: str, options: Mapping[str, Any], told: Told
) -> dict[str, Any]:
    """Import a file; the server's report. Raises RemoteProblemError."""
    size = file.seek(0, 2) if file.seekable() else None
    headers = {"Content-Type": MEDIA_TYPES[kind]}
    if size is not None:
        file.seek(0)
        headers["Content-Length"] = str(size)
    answer = remote.client.post(
        path,
        params={name: value for name, value in options.items() if value},
        content=_chunks(file, size, told),
        headers=headers,
        timeout=_patient(),
    )
    report: dict[str, Any] = answered(answer)
    return report


def receive_file(
    remote: Remote,
    path: str,
    parameters: Sequence[tuple[str, str]],
    opened: AbstractContextManager[IO[bytes]],
    told: Told,
) -> int:
    """Export into a file, opened once there is something to write; how many bytes it has.

    Raises RemoteProblemError.
    """
    size = 0
    query = httpx.QueryParams(tuple(parameters))
    with remote.client.stream("GET", path, params=query, timeout=_patient()) as answer:
        if answer.is_error:
            answer.read()
            answered(answer)
        with opened as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
                size += len(chunk)
                told("export", size, None)
    return size


def parse_renames(pairs: list[str]) -> str | None:
    """``file name=field`` pairs as the parameter ``columns``; nothing behind ``=`` leaves out.

    Raises ValueError for a pair without ``=``.
    """
    names: dict[str, str | None] = {}
    for pair in pairs:
        name, equals, field = pair.rpartition("=")
        if not equals:
            raise ValueError(f"{pair!r} is no name=field")
        names[name] = field or None
    return json.dumps(names) if names else None


def _chunks(file: IO[bytes], size: int | None, told: Told) -> Iterator[bytes]:
    sent = 0
    while chunk := file.read(CHUNK):
        told("import", sent, size)
        yield chunk
        sent += len(chunk)
    told("import", sent, sent)


def _patient() -> httpx.Timeout:
    """Large files take as long as they take."""
    return httpx.Timeout(60, read=None)
