"""A WebSocket's messages about channels: join, leave, broadcast, presence."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from app.core.clock import utc_now
from app.core.json_text import dump_json
from app.engine.identity.principal import Principal
from app.features.realtime.channels import Channels, Seat
from app.features.realtime.connection import Connection
from app.features.realtime.errors import BadMessageError, PayloadTooLargeError
from app.features.realtime.exchange import MOST_MESSAGE_BYTES, fits
from app.features.realtime.messages import LONGEST_ID, error_text, no_others, text_of

LONGEST_TOPIC: Final = 200
LONGEST_EVENT: Final = 100
MOST_PRESENCE_BYTES: Final = 2_048


class SocketChannels:
    """``seats`` are the socket's channels by the id it gave them; ``claim`` raises where the
    socket can have no other, or none of that id."""

    def __init__(
        self, channels: Channels, connection: Connection, claim: Callable[[str], None]
    ) -> None:
        self.seats: dict[str, Seat] = {}
        self.handlers: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "join": self._join,
            "leave": self._leave,
            "broadcast": self._broadcast,
            "presence": self._presence,
        }
        self._channels = channels
        self._connection = connection
        self._claim = claim

    def leave_all(self) -> None:
        """The socket is gone."""
        for seat in self.seats.values():
            self._channels.leave(seat)
        self.seats.clear()

    async def _join(self, message: dict[str, Any]) -> None:
        no_others(message, {"type", "id", "channel", "presence"})
        name = text_of(message, "id", LONGEST_ID)
        topic = _printable(message, "channel", LONGEST_TOPIC)
        self._claim(name)

        def lost(error: Exception) -> None:
            if seat.gone:
                self.seats.pop(name, None)
            self._connection.push(error_text(error, name, ended=seat.gone))

        seat = Seat(self._connection, name, topic, lost)
        await self._channels.join(seat, self._shown(message.get("presence")))
        self.seats[name] = seat

    async def _leave(self, message: dict[str, Any]) -> None:
        no_others(message, {"type", "id"})
        seat = self._seat(message)
        del self.seats[message["id"]]
        self._channels.leave(seat)

    async def _broadcast(self, message: dict[str, Any]) -> None:
        no_others(message, {"type", "id", "event", "payload"})
        seat = self._seat(message)
        event = dump_json(_printable(message, "event", LONGEST_EVENT))
        payload = dump_json(message.get("payload"))
        sender = dump_json(party(self._connection.caller.principal))
        text = f'"event":{event},"payload":{payload},"from":{sender}'
        if not fits(seat.key, text):
            most = MOST_MESSAGE_BYTES
            raise PayloadTooLargeError(f"A broadcast has at most some {most} bytes of JSON.")
        await self._channels.require(self._connection, seat.key[1], "create")
        self._channels.say(seat, text)

    async def _presence(self, message: dict[str, Any]) -> None:
        no_others(message, {"type", "id", "presence"})
        seat = self._seat(message)
        shown = self._shown(message.get("presence"))
        if shown is None:
            self._channels.disappear(seat)
        else:
            await self._channels.appear(seat, shown)

    def _seat(self, message: dict[str, Any]) -> Seat:
        seat = self.seats.get(text_of(message, "id", LONGEST_ID))
        if seat is None:
            raise BadMessageError("There is no channel of that id.", hint="Join it first.")
        return seat

    def _shown(self, presence: Any) -> str | None:
        """What others are told of somebody present, as JSON text; None for null."""
        if presence is None:
            return None
        if not isinstance(presence, dict):
            raise BadMessageError("presence is an object, or null.")
        if len(dump_json(presence).encode()) > MOST_PRESENCE_BYTES:
            raise PayloadTooLargeError(f"A presence has at most {MOST_PRESENCE_BYTES} bytes.")
        by = party(self._connection.caller.principal)
        return dump_json({"by": by, "presence": presence, "since": utc_now().isoformat()})


def party(principal: Principal) -> dict[str, str | None]:
    """Who somebody is, as the server knows it."""
    party_id = None if principal.id is None else str(principal.id)
    return {"type": principal.kind, "id": party_id}


def _printable(message: dict[str, Any], name: str, longest: int) -> str:
    value = text_of(message, name, longest)
    if not value.isprintable():
        raise BadMessageError(f"{name} holds a character that cannot be shown.")
    return value
