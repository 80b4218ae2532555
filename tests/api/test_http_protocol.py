"""What is written together goes out together, and no slow client fills the memory."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from app.api.http_protocol import JoiningHttp, JoiningTransport
from tests.waiting import PATIENCE_SECONDS

HEAD: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
CHUNK = bytes(64 * 1024)
MOST_CHUNKS = 1_000


@asynccontextmanager
async def asked(app: Any) -> AsyncIterator[asyncio.StreamReader]:
    """What a bare server of the application answers to one request."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, lifespan="off", log_level="error", http="app.api.http_protocol:JoiningHttp"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.getsockname()[1])
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    yield reader
    writer.close()
    server.should_exit = True
    await serving


class Written:
    """A transport that keeps what it is given, a piece for each write."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        assert not self.is_closed
        self.pieces.append(data)

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
async def written() -> tuple[Any, Written]:
    beneath: Any = Written()
    return JoiningTransport(beneath, asyncio.get_running_loop()), beneath


async def test_a_head_and_its_body_are_one_write(written: tuple[Any, Written]) -> None:
    transport, beneath = written
    transport.write(b"head")
    transport.write(b"body")
    await asyncio.sleep(0)
    assert beneath.pieces == [b"headbody"]


async def test_nothing_is_lost_before_a_close(written: tuple[Any, Written]) -> None:
    transport, beneath = written
    transport.write(b"bye")
    transport.close()
    assert (beneath.pieces, beneath.is_closed) == ([b"bye"], True)
    await asyncio.sleep(0)
    assert beneath.pieces == [b"bye"]


async def test_nothing_is_lost_when_the_client_ends_its_side(
    written: tuple[Any, Written],
) -> None:
    transport, beneath = written
    protocol = JoiningHttp.__new__(JoiningHttp)
    protocol.transport = transport
    transport.write(b"answer")
    protocol.eof_received()
    assert beneath.pieces == [b"answer"]


async def test_much_goes_out_at_once(written: tuple[Any, Written]) -> None:
    transport, beneath = written
    transport.write(b"head")
    transport.write(CHUNK)
    assert beneath.pieces == [b"head" + CHUNK]


async def test_a_streams_head_does_not_wait_for_its_body() -> None:
    read = asyncio.Event()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(HEAD)
        await read.wait()
        await send({"type": "http.response.body", "body": b"late"})

    async with asked(app) as reader:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)
        assert head.startswith(b"HTTP/1.1 200 OK")
        read.set()
        assert b"late" in await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), PATIENCE_SECONDS)


async def test_a_client_that_does_not_read_holds_the_writer_up() -> None:
    sent = 0

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        nonlocal sent
        await send(HEAD)
        for _ in range(MOST_CHUNKS):
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            sent += 1
        await send({"type": "http.response.body", "body": b""})

    async with asked(app) as reader:
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_SECONDS)
        before = -1
        while before != sent:  # until nothing moves any more
            before = sent
            await asyncio.sleep(0.1)
        assert 0 < sent < MOST_CHUNKS
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (await reader.read(1 << 20)).endswith(b"0\r\n\r\n"):
                pass
        assert sent == MOST_CHUNKS
