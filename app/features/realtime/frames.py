"""What subscribers are told of an event: made once for all who see the same."""

from typing import Any, Final

from app.core.event import Event
from app.core.json_text import dump_json

LEFT: Final = "record.left"


class Frame:
    """One event as some see it; ``actor`` wrote it. Its texts are made when first asked for."""

    __slots__ = ("_document", "_of_actor", "_texts", "actor", "name", "seq")

    def __init__(self, event: Event, name: str, document: dict[str, Any]) -> None:
        self.seq = event.seq
        self.name = name
        self.actor = event.actor
        self._of_actor = None if name == LEFT else _party(event.actor)
        self._document = document
        self._texts: dict[bool, str] = {}

    def data(self, *, names_actor: bool) -> str:
        """The event's ``data`` as JSON; who wrote is not for everyone to know."""
        text = self._texts.get(names_actor)
        if text is None:
            actor = self._of_actor if names_actor else None
            text = self._texts[names_actor] = dump_json(self._document | {"actor": actor})
        return text

    def as_stream(self, *, names_actor: bool) -> str:
        """As server-sent events have it."""
        data = self.data(names_actor=names_actor)
        return f"id: {self.seq}\nevent: {self.name}\ndata: {data}\n\n"

    def as_message(self, prefix: str, *, names_actor: bool) -> str:
        """As a WebSocket's message has it, behind what names the subscription."""
        data = self.data(names_actor=names_actor)
        return f'{prefix},"event":"{self.name}","seq":{self.seq},"data":{data}}}'


def make_frame(
    event: Event, collection: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> Frame:
    """``before`` and ``after`` are what is seen of the record; one of them at least is."""
    name = _name(event.action, before is not None, after is not None)
    told = name != LEFT
    document = {
        "id": event.id,
        "seq": event.seq,
        "project_id": str(event.project_id),
        "collection": collection,
        "record_id": event.record_id,
        "record": after,
        "previous": before if told else None,
        "actor": None,
        "request_id": event.request_id if told else None,
    }
    return Frame(event, name, document)


def _name(action: str, was_seen: bool, is_seen: bool) -> str:
    if action != "updated":
        return f"record.{action}"
    if was_seen and is_seen:
        return "record.updated"
    return "record.entered" if is_seen else LEFT


def _party(actor: str | None) -> dict[str, str | None] | None:
    if actor is None:
        return None
    kind, _, party_id = actor.partition(":")
    return {"type": kind, "id": party_id or None}
