"""A call or a subscription of the Python client is one user's, whoever signs in meanwhile."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from backendify_client import AsyncClient, BackendifyError, Client, MemoryStorage, Retry, Tokens
from tests.sdk.test_python_sessions import USER, answered, client_of, refused, tokens_of

ANN, BOB = tokens_of("ann"), tokens_of("bob")
SOON = Retry(times=2, first=0.001, longest=0.01)
OPEN = b"id: 1\n\n"
BEAT = b": keep-alive\n\n"


def event(seq: int) -> bytes:
    text = f'id: {seq}\nevent: record.created\ndata: {{"seq": {seq}}}\n\n'
    return text.encode()


class Told(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A stream: pieces, and what happens before the next."""

    def __init__(self, *parts: bytes | Callable[[], object]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
            else:
                part()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


class Server:
    """Answers with streams in turn, and remembers who asked for each."""

    def __init__(self, *answers: Told | Callable[[], httpx.Response]) -> None:
        self._answers = iter(answers)
        self.asked: list[tuple[str, str | None, str | None]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, told = request.url.path.rpartition("/")[2], request.headers
        self.asked.append((path, told.get("authorization"), told.get("last-event-id")))
        answer = next(self._answers)
        return httpx.Response(200, stream=answer) if isinstance(answer, Told) else answer()


Heard = list[int]
Follow = Callable[..., Any]


async def blocking(server: Server, storage: MemoryStorage, heard: Heard, **options: Any) -> None:
    http = httpx.Client(transport=httpx.MockTransport(server))
    client = Client("http://server", "shop", http=http, storage=storage, retry=SOON, **options)
    with client, client.collection("posts").subscribe() as events:
        for each in events:
            heard.append(each.seq)


async def awaited(server: Server, storage: MemoryStorage, heard: Heard, **options: Any) -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(server))
    client = AsyncClient("http://server", "shop", http=http, storage=storage, retry=SOON, **options)
    async with client, client.collection("posts").subscribe() as events:
        async for each in events:
            heard.append(each.seq)


both = pytest.mark.parametrize("follow", [blocking, awaited])
others = pytest.mark.parametrize("other", [None, BOB], ids=["nobody", "bob"])


def bearer(tokens: Tokens) -> str:
    return f"Bearer {tokens.access_token}"


def gone() -> httpx.Response:
    return httpx.Response(403, json={"code": "policy_denied"})


@both
@others
@pytest.mark.parametrize("next_piece", [BEAT, event(3)], ids=["idle", "event"])
async def test_a_subscription_ends_while_it_is_open(
    follow: Follow, other: Tokens | None, next_piece: bytes
) -> None:
    storage, heard = MemoryStorage(ANN), Heard()
    server = Server(Told(OPEN, event(2), lambda: storage.save(other), next_piece, event(4)))

    with pytest.raises(BackendifyError) as ended:
        await follow(server, storage, heard, key="bk_x")

    assert (ended.value.status, ended.value.code) == (401, "auth_required")
    assert heard == [2]
    assert len(server.asked) == 1


@both
@others
async def test_a_subscription_does_not_come_back_as_another(
    follow: Follow, other: Tokens | None
) -> None:
    storage, heard = MemoryStorage(ANN), Heard()
    server = Server(Told(OPEN, event(2), lambda: storage.save(other)))

    with pytest.raises(BackendifyError, match="auth_required"):
        await follow(server, storage, heard, key="bk_x")

    assert heard == [2]
    assert len(server.asked) == 1


@both
@pytest.mark.parametrize("key", [None, "bk_x"])
async def test_what_was_begun_as_nobody_goes_on_as_nobody(follow: Follow, key: str | None) -> None:
    storage, heard = MemoryStorage(), Heard()
    server = Server(Told(OPEN, lambda: storage.save(ANN), event(2)), Told(event(3)), gone)

    with pytest.raises(BackendifyError, match="policy_denied"):
        await follow(server, storage, heard, key=key)

    assert heard == [2, 3]
    sent = key and f"Bearer {key}"
    assert server.asked == [("realtime", sent, each) for each in (None, "2", "3")]


@both
async def test_a_subscription_goes_on_with_another_token_of_its_user(follow: Follow) -> None:
    storage, heard, newer = MemoryStorage(ANN), Heard(), tokens_of("ann", 2)
    server = Server(Told(OPEN, lambda: storage.save(newer), event(2)), Told(event(3)), gone)

    with pytest.raises(BackendifyError, match="policy_denied"):
        await follow(server, storage, heard)

    assert heard == [2, 3]
    assert [who for _, who, _ in server.asked] == [bearer(ANN), bearer(newer), bearer(newer)]


@both
async def test_a_renewal_that_fails_on_the_way_ends_no_subscription(follow: Follow) -> None:
    storage, heard = MemoryStorage(ANN), Heard()
    stale, newer = tokens_of("ann", 2, seconds=-1), tokens_of("ann", 3)
    away = [lambda: httpx.Response(503)] * 5
    server = Server(
        Told(OPEN, event(2), lambda: storage.save(stale)),
        *away,
        lambda: answered(newer),
        Told(event(3)),
        gone,
    )

    with pytest.raises(BackendifyError, match="policy_denied"):
        await follow(server, storage, heard)

    assert heard == [2, 3]
    assert [path for path, _, _ in server.asked] == [
        "realtime",
        *["refresh"] * 6,
        *["realtime"] * 2,
    ]
    assert server.asked[-1][1:] == (bearer(newer), "3")


@others
@pytest.mark.parametrize("late", [refused(), answered(tokens_of("ann", 2))], ids=["dead", "new"])
def test_what_waits_for_a_token_is_not_sent_as_another(
    other: Tokens | None, late: httpx.Response
) -> None:
    storage, sent = MemoryStorage(tokens_of("ann", seconds=-1)), []

    def server(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path.rpartition("/")[2])
        storage.save(other)
        return late

    with client_of(server, storage, key="bk_x") as client, pytest.raises(BackendifyError) as told:
        client.collection("posts").create({"title": "Ann's"})

    assert told.value.status == 401
    assert sent == ["refresh"]
    assert storage.load() == other


CALLS: dict[str, Callable[[Client], object]] = {
    "logout": lambda client: client.auth.logout(),
    "logout_everywhere": lambda client: client.auth.logout_everywhere(),
    "change_password": lambda client: client.auth.change_password("old", "new"),
    "me": lambda client: client.auth.me(),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_of_one_user_does_not_end_the_session_of_another(name: str) -> None:
    storage = MemoryStorage(ANN)

    def server(request: httpx.Request) -> httpx.Response:
        storage.save(BOB)
        is_me = request.url.path.endswith("/me")
        return httpx.Response(200, json=USER) if is_me else answered(tokens_of("ann", 2))

    with client_of(server, storage) as client:
        CALLS[name](client)

    assert storage.load() == BOB
