"""Keyed requests: the effect of an ``Idempotency-Key`` happens once, and its answer is repeated.

The key is kept in the write's own transaction: what was answered was kept, and a request that
failed, or was killed, leaves no key behind.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

import asyncpg

from app.core.errors import BadRequestError, ConflictError, InvalidError
from app.core.ids import project_schema
from app.core.json_text import dump_json, parse_json
from app.engine.query.compile_idempotency import claim_key, keep_answer, read_key
from app.engine.query.pipeline import Call, Pipeline
from app.engine.query.respond import Answer
from app.engine.query.transactions import Connection, TransactionWriter, in_transaction

LONGEST_KEY: Final = 255
KEPT: Final = timedelta(days=1)
REPLAYED: Final = (b"idempotency-replayed", b"true")
_WAIT: Final = "SET LOCAL lock_timeout = '5s'"
_WAIT_NO_MORE: Final = "SET LOCAL lock_timeout = DEFAULT"


class IdempotencyKeyError(BadRequestError):
    """The key is empty, too long, or holds what a header may not."""

    code = "request_invalid_idempotency_key"


class KeyReusedError(InvalidError):
    """The key was used for another request; keys are kept for a day."""

    code = "idempotency_key_reused"


class KeyInUseError(ConflictError):
    """A request with this key is still being served; ask again for its answer."""

    code = "idempotency_key_in_use"


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request under a key. ``route`` is its method and path; ``digest`` tells its body, and all
    else that decides its answer, from others. ``owner`` is whose key it is where that is not the
    caller; ``kept`` is how long it is known."""

    key: str
    route: str
    digest: str
    owner: str | None = None
    kept: timedelta = KEPT


def keyed(
    key: str, route: str, *parts: bytes, owner: str | None = None, kept: timedelta = KEPT
) -> Keyed:
    """Raises IdempotencyKeyError."""
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise IdempotencyKeyError(
            f"An Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters."
        )
    digest = sha256()
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return Keyed(key, route, digest.hexdigest(), owner, kept)


async def run_once(
    pipeline: Pipeline,
    call: Call,
    request: Keyed,
    work: Callable[[TransactionWriter], Awaitable[Answer]],
) -> Answer:
    """The work's answer, or the one that was kept. Raises KeyReusedError, KeyInUseError."""
    schema = project_schema(call.caller.project.id)
    names = (request.owner or _principal(call), request.route, request.key)

    async def claimed(writer: TransactionWriter) -> Answer:
        if not await _claim(writer.connection, schema, names, request):
            return await _replay(writer.connection, schema, names, request)
        answer = await work(writer)
        if not call.preferences.dry_run:
            told = (answer.status, _as_text(answer))
            longer = request.kept - KEPT
            await writer.connection.execute(keep_answer(schema), *names, *told, longer)
        return answer

    return await in_transaction(pipeline, call, claimed)


def _principal(call: Call) -> str:
    """Whose key it is; those who send no credentials are told apart by their address."""
    principal = call.caller.principal
    if principal.kind == "anonymous":
        return f"anonymous:{call.address or call.caller.address}"
    return principal.actor or principal.kind


async def _claim(
    connection: Connection, schema: str, names: tuple[str, ...], request: Keyed
) -> bool:
    await connection.execute(_WAIT)
    try:
        free = await connection.fetchval(claim_key(schema), *names, request.digest)
    except asyncpg.LockNotAvailableError:
        raise KeyInUseError(
            "A request with this Idempotency-Key is still being served.", hint="Send it again."
        ) from None
    await connection.execute(_WAIT_NO_MORE)
    return bool(free)


async def _replay(
    connection: Connection, schema: str, names: tuple[str, ...], request: Keyed
) -> Answer:
    row = await connection.fetchrow(read_key(schema), *names)
    if row is None or row["status"] is None:
        raise KeyInUseError("This Idempotency-Key was just freed.", hint="Send it again.")
    if row["body_hash"] != request.digest:
        raise KeyReusedError(
            "This Idempotency-Key was used for another request.",
            hint="Use a new key for a new request, the same key to repeat one.",
        )
    return _from_text(row["status"], row["response"])


def _as_text(answer: Answer) -> str:
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.headers]
    return dump_json({"headers": headers, "body": answer.body.decode()})


def _from_text(status: int, text: str) -> Answer:
    kept = parse_json(text)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept["headers"]]
    return Answer(status, kept["body"].encode(), [*headers, REPLAYED])
