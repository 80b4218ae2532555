"""The WebSocket protocol: small JSON messages, the first of which says who is there."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from app.api.data_callers import address_of
from app.api.errors import as_backendify_error
from app.api.services import Services
from app.api.sockets import TEXTS, TOO_BIG, TOO_MANY
from app.core.errors import BackendifyError, TooManyRequestsError
from app.core.json_text import dump_json, parse_json
from app.core.tasks import end_tasks
from app.engine.identity.api_keys import check_address
from app.engine.identity.principal import Caller
from app.features.realtime.connection import Connection, End, Listener
from app.features.realtime.errors import (
    NO_AUTH,
    NOT_TEXT,
    TRY_LATER,
    UNAUTHENTICATED,
    BadMessageError,
    SubscriptionTakenError,
    TooManySubscriptionsError,
)
from app.features.realtime.frames import Frame
from app.features.realtime.hub import Hub, at_address, end_of
from app.features.realtime.messages import LONGEST_ID, error_text, is_position, no_others, text_of
from app.features.realtime.socket_channels import SocketChannels
from app.features.realtime.spec import spec_of_json

AUTH_SECONDS = 10.0
CLOSE_SECONDS = 5.0
BATCH_BYTES = 64 * 1024
LONGEST_TOKEN = 16 * 1024


Handler = Callable[[dict[str, Any]], Awaitable[None]]


class ClosedError(Exception):
    """The socket is to be closed, with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.end = End(code, reason)


class SocketSink:
    """How a subscription of a socket is told things."""

    def __init__(self, socket: "Socket", connection: Connection, subscription: str) -> None:
        self._socket = socket
        self._connection = connection
        self._id = subscription
        self._prefix = f'{{"type":"event","id":{dump_json(subscription)}'

    def frame(self, frame: Frame) -> str:
        names_actor = self._connection.names_actor(frame.actor)
        return frame.as_message(self._prefix, names_actor=names_actor)

    def resync(self, seq: int) -> str:
        return dump_json({"type": "resync", "id": self._id, "seq": seq})

    def lost(self, error: Exception) -> None:
        """The subscription could not be made again, and ends."""
        self._socket.forget(self._id)
        self._connection.push(error_text(error, self._id, ended=True))


class Socket:
    """One WebSocket, from its handshake to its close."""

    def __init__(self, services: Services, hub: Hub, websocket: WebSocket, project: str) -> None:
        self._services = services
        self._settings = services.settings
        self._hub = hub
        self._websocket = websocket
        self._project = project
        self._address = address_of(websocket.scope)
        self._subscriptions: dict[str, tuple[Listener, asyncio.Task[None]]] = {}
        self._second = 0
        self._in_second = 0
        self._connection: Connection
        self._channels: SocketChannels
        self._handlers: Mapping[str, Handler] = {}

    async def run(self) -> None:
        """Until either side ends it."""
        await self._websocket.accept()
        try:
            with self._hub.unnamed(self._address):
                caller, credentials = await self._authenticate()
            self._connection = Connection(self._settings, caller, credentials, self._project)
            self._hub.admit(self._connection)
            self._channels = SocketChannels(self._hub.channels, self._connection, self._claim)
        except WebSocketDisconnect:
            return
        except ClosedError as closed:
            await self._close(closed.end)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            await self._refuse(as_backendify_error(error))
        else:
            own: dict[str, Handler] = {
                "auth": self._authenticate_again,
                "subscribe": self._subscribe,
                "unsubscribe": self._unsubscribe,
                "ping": self._ping,
            }
            self._handlers = own | self._channels.handlers
            await self._serve()

    def forget(self, subscription: str) -> None:
        """The subscription has ended by itself."""
        self._subscriptions.pop(subscription, None)

    async def _serve(self) -> None:
        reading = asyncio.create_task(self._read())
        writing = asyncio.create_task(self._write())
        over = asyncio.create_task(self._connection.over())
        try:
            await asyncio.wait({reading, writing, over}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({writing}, timeout=CLOSE_SECONDS)
        finally:
            following = (task for _, task in self._subscriptions.values())
            await end_tasks(reading, writing, over, *following)
            self._channels.leave_all()
            await self._hub.dismiss(self._connection)

    async def _write(self) -> None:
        """Send what waits, then close as was asked for."""
        connection = self._connection
        try:
            while connection.ended is None or connection.waiting:
                await connection.filled()
                await self._send(connection.take(BATCH_BYTES))
        except WebSocketDisconnect:
            return
        await self._close(connection.ended)

    async def _send(self, texts: list[str]) -> None:
        """All at once, where the server can."""
        if TEXTS in self._websocket.scope.get("extensions", {}):
            await self._websocket.send({"type": "websocket.send", TEXTS: texts})
            return
        for text in texts:
            await self._websocket.send({"type": "websocket.send", "text": text})

    async def _read(self) -> None:
        connection = self._connection
        try:
            while True:
                text = await self._next()
                self._count()
                try:
                    await self._handle(text)
                except BackendifyError as error:
                    connection.push(error_text(error, None))
        except WebSocketDisconnect:
            connection.end(GONE)
        except ClosedError as closed:
            connection.end(closed.end)
        except Exception as error:  # noqa: BLE001 - this socket's fault is nobody else's
            told = as_backendify_error(error)
            connection.end(End(TRY_LATER, told.code))

    async def _handle(self, text: str) -> None:
        message = parse_json(text)
        if not isinstance(message, dict):
            raise BadMessageError("A message is a JSON object.")
        kind = message.get("type")
        handler = self._handlers.get(kind) if isinstance(kind, str) else None
        if handler is None:
            known = ", ".join(sorted(self._handlers))
            raise BadMessageError("There is no such message.", hint=f"Types are: {known}.")
        try:
            await handler(message)
        except BackendifyError as error:
            self._connection.push(error_text(error, message.get("id")))

    async def _subscribe(self, message: dict[str, Any]) -> None:
        no_others(message, {"type", "id", "collection", "where", "since"})
        name = text_of(message, "id", LONGEST_ID)
        since = message.get("since")
        if since is not None and not is_position(since):
            raise BadMessageError("since is a position in the log: a number from 0 on.")
        self._claim(name)
        collection = None if message.get("collection") is None else text_of(message, "collection")
        spec = spec_of_json(collection, message.get("where"))
        sink = SocketSink(self, self._connection, name)
        listener = Listener(self._connection, spec, sink)
        position, is_broken = await self._hub.enter(listener, since)
        self._connection.push(dump_json({"type": "ack", "id": name, "seq": position}))
        if is_broken:
            self._connection.push(sink.resync(position))
        following = asyncio.create_task(self._follow(name, listener))
        self._subscriptions[name] = (listener, following)

    def _claim(self, name: str) -> None:
        """Raise where the socket can have no other subscription or channel, or none of this id."""
        if name in self._subscriptions or name in self._channels.seats:
            raise SubscriptionTakenError("The socket has a subscription of that id.")
        held = len(self._subscriptions) + len(self._channels.seats)
        if held >= self._settings.realtime_subscriptions:
            raise TooManySubscriptionsError("The socket has too many subscriptions.", retry_after=1)

    async def _follow(self, name: str, listener: Listener) -> None:
        try:
            await self._hub.follow(listener)
        except Exception as error:  # noqa: BLE001 - told to the client, who may subscribe anew
            self._hub.leave(listener)
            self.forget(name)
            self._connection.push(error_text(as_backendify_error(error), name, ended=True))

    async def _unsubscribe(self, message: dict[str, Any]) -> None:
        no_others(message, {"type", "id"})
        listener, following = self._subscriptions.pop(
            text_of(message, "id", LONGEST_ID), (None, None)
        )
        if listener is None or following is None:
            raise BadMessageError("There is no subscription of that id.")
        self._hub.leave(listener)
        await end_tasks(following)

    async def _ping(self, message: dict[str, Any]) -> None:
        told = {"id": message["id"]} if isinstance(message.get("id"), str | int) else {}
        self._connection.push(dump_json({"type": "pong"} | told))

    async def _authenticate(self) -> tuple[Caller, str]:
        """The caller whom the first message names. Raises what they cannot be let in for."""
        try:
            async with asyncio.timeout(AUTH_SECONDS):
                text = await self._next()
        except TimeoutError:
            raise ClosedError(NO_AUTH, "no_auth") from None
        message = parse_json(text)
        if not isinstance(message, dict) or message.get("type") != "auth":
            raise ClosedError(UNAUTHENTICATED, "auth_required")
        return await self._caller_of(message)

    async def _authenticate_again(self, message: dict[str, Any]) -> None:
        """A newer token of the same party, before the old one expires."""
        caller, credentials = await self._caller_of(message)
        held = self._connection.caller.principal
        if (caller.principal.kind, caller.principal.id) != (held.kind, held.id):
            raise BadMessageError("A socket belongs to one party: open another.")
        self._connection.credentials = credentials
        self._hub.adopt(self._connection, caller)

    async def _caller_of(self, message: dict[str, Any]) -> tuple[Caller, str]:
        no_others(message, {"type", "token"})
        token = message.get("token")
        if token is not None and not (isinstance(token, str) and len(token) <= LONGEST_TOKEN):
            raise BadMessageError("token is a text: an access token or an API key.")
        credentials = f"Bearer {token}" if token else ""
        caller = await self._services.callers.resolve(credentials, self._project)
        check_address(caller.principal, self._address)
        await self._services.limits.count(caller, "data", self._address, {})
        return at_address(caller, self._address), credentials

    async def _next(self) -> str:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1005)
        text: str | None = message.get("text")
        if text is None:
            raise ClosedError(NOT_TEXT, "not_text")
        if len(text) > self._settings.realtime_message_bytes:
            raise ClosedError(TOO_BIG, "too_big")
        return text

    def _count(self) -> None:
        """Who says too much in one second is not listened to any more."""
        now = int(time.monotonic())
        if now != self._second:
            self._second, self._in_second = now, 0
        self._in_second += 1
        if self._in_second > self._settings.realtime_messages_per_second:
            raise ClosedError(TOO_MANY, "too_many_messages")

    async def _refuse(self, error: BackendifyError) -> None:
        """Say why, and close."""
        with suppress(WebSocketDisconnect):
            await self._websocket.send({"type": "websocket.send", "text": error_text(error, None)})
        await self._close(_end_for(error))

    async def _close(self, end: End | None) -> None:
        if end is not None and end is not GONE:
            with suppress(WebSocketDisconnect, RuntimeError):
                await self._websocket.close(end.code, end.reason)


GONE = End(1000, "gone")


def _end_for(error: BackendifyError) -> End:
    if isinstance(error, TooManyRequestsError):
        return End(TOO_MANY, error.code)
    if error.status >= 500:
        return End(TRY_LATER, error.code)
    if error.status == 400:
        return End(UNAUTHENTICATED, error.code)
    return end_of(error)
