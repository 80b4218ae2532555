"""Realtime: a stream of server-sent events, and a WebSocket."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response, WebSocket

from app.api.deps import AppServices, DataCaller
from app.api.openapi import problems
from app.engine.identity.api_keys import credentials_of
from app.features.realtime.connection import Connection, Listener
from app.features.realtime.errors import TooManyListenersError
from app.features.realtime.hub import Hub
from app.features.realtime.messages import MOST_POSITION
from app.features.realtime.socket import Socket
from app.features.realtime.spec import spec_of_pairs
from app.features.realtime.stream import EventStream, StreamSink

NAME = "realtime"
_OWN = frozenset({"collection", "since"})

router = APIRouter(prefix="/api/projects/{project}", tags=["realtime"])


@router.get("/realtime", response_class=Response, responses=problems(TooManyListenersError))
async def stream_events(
    project: str,
    request: Request,
    caller: DataCaller,
    services: AppServices,
    collection: str | None = None,
    since: Annotated[int | None, Query(ge=0, le=MOST_POSITION)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Events as they happen, as server-sent events: `record.created`, `record.updated`,
    `record.deleted`, and `record.entered` and `record.left` where a record starts or stops to
    match.

    Any other parameter is a condition, as in a list. `collection` may name several, with commas.
    `Last-Event-ID` or `since` goes on behind a position; `resync` says that the log no longer
    reaches back there.
    """
    hub: Hub = services.held[NAME]
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] not in _OWN]
    spec = spec_of_pairs(collection, pairs)
    credentials = credentials_of(dict(request.scope["headers"]))
    connection = Connection(services.settings, caller, credentials, project)
    listener = Listener(connection, spec, StreamSink(connection))
    hub.admit(connection)
    try:
        position, is_broken = await hub.enter(listener, _position(last_event_id, since))
    except BaseException:
        await hub.dismiss(connection)
        raise
    return EventStream(hub, listener, position, is_broken=is_broken)


@router.websocket("/realtime/ws")
async def open_socket(websocket: WebSocket, project: str) -> None:
    """Subscriptions, each with its condition, on one socket; the first message authenticates."""
    services = websocket.app.state.services
    await Socket(services, services.held[NAME], websocket, project).run()


def _position(last_event_id: str | None, since: int | None) -> int | None:
    """Where to go on: the header is a reconnecting client's and newer than what its URL says."""
    given = (last_event_id or "").strip()
    if given.isascii() and given.isdecimal() and len(given) <= len(str(MOST_POSITION)):
        return min(int(given), MOST_POSITION)
    return since
