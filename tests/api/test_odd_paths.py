"""Percent-encoded bytes in a data route's path: always an answer, never a header of the client's
making. Spoken over a socket, where a bad header ends the connection."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from app.core.ids import parse_uuid
from tests.conftest import Admin, TestProject
from tests.running import listening
from tests.schemas import apply_schema, field
from tests.waiting import PATIENCE_SECONDS

ODD = (
    "%0d%0aX-Made:%20up", "%0a", "%00", "%ff%fe", "%c3%bc", "%f0%9f%98%80", "%e2%80%a8", "%20",
    "%3e;rel=%22prev%22", "%22", "%5c", "%25", "%7b%7d", "%2e%2e%2f", "%", "%zz", "{x}", "%09",
)  # fmt: skip


class Socket:
    """Speaks HTTP in bytes to the application's port."""

    def __init__(self, address: str, authorization: str) -> None:
        self._host, _, self._port = address.removeprefix("http://").partition(":")
        self._authorization = authorization

    async def ask(self, method: str, target: str, body: str = "") -> tuple[int, list[str]]:
        """The status, and the lines of the head."""
        reader, writer = await asyncio.open_connection(self._host, int(self._port))
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nAuthorization: {self._authorization}\r\n"
        head += f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write((head + body).encode("ascii"))
        answer = await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
        writer.close()
        await writer.wait_closed()
        assert answer.startswith(b"HTTP/1.1 "), (method, target, answer)
        lines = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        return int(lines[0].split()[1]), lines


@pytest.fixture
async def socket(app: object, admin: Admin, project: TestProject) -> AsyncIterator[Socket]:
    fields = [field("title", "string")]
    await apply_schema(admin, project, {"name": "notes", "fields": fields})
    notes = [{"title": str(n)} for n in range(3)]
    made = await admin.client.post(f"{project.url}/data/notes", json=notes)
    assert made.status_code == 201
    async with listening(app) as address:
        yield Socket(address, admin.headers["Authorization"])


async def test_odd_bytes_in_every_segment_get_an_answer(
    socket: Socket, project: TestProject
) -> None:
    for odd in ODD:
        for around in ("{}", "x{}", "{}x"):
            part = around.format(odd)
            for path in (
                f"/api/projects/{part}/data/notes?limit=1",
                f"/api/projects/{project.slug}{part}/data/notes?limit=1",
                f"/api/projects/{project.id}{part}/data/notes?limit=1",
                f"/api/projects/{part}{project.id}/data/notes?limit=1",
                f"{project.url}/data/{part}?limit=1",
                f"{project.url}/data/notes{part}?limit=1",
                f"{project.url}/data/notes/{part}",
                f"{project.url}/data/notes/{part}/history",
                f"{project.url}/collections/{part}",
            ):
                status, lines = await socket.ask("GET", path)
                assert status in (400, 401, 404), (path, lines)
                assert not any(line.lower().startswith("x-made") for line in lines)


async def test_odd_bytes_in_a_query_do_not_break_the_link_to_the_next_page(
    socket: Socket, project: TestProject
) -> None:
    for odd in (*ODD, ">", '"', "<x>", "'", "\\", "^", "|"):
        path = f"{project.url}/data/notes?limit=1&title__neq={odd}"
        status, lines = await socket.ask("GET", path)
        assert status in (200, 400), (path, lines)
        links = [line for line in lines if line.lower().startswith("link:")]
        assert len(links) == (status == 200)
        for link in links:
            target, _, rest = link.partition("<")[2].partition(">")
            assert rest == '; rel="next"', link
            assert (await socket.ask("GET", target))[0] == 200, target


async def test_a_text_id_makes_no_header(
    socket: Socket, admin: Admin, project: TestProject
) -> None:
    await apply_schema(admin, project, {"name": "pages", "id_type": "text", "fields": []})
    for odd in (
        "a\r\nX-Made: up",
        "a\n",
        "\u00e9",
        "\u2028",
        "a b",
        '">',
        "\x01",
        "\x7f",
        "\ud7ff",
    ):
        body = json.dumps({"id": odd})
        for query in ("", "?on_conflict=id"):
            status, lines = await socket.ask("POST", f"{project.url}/data/pages{query}", body)
            assert status in (200, 201), lines
            assert not any(line.lower().startswith("x-made") for line in lines)
            locations = [line for line in lines if line.lower().startswith("location:")]
            assert len(locations) == (1 if status == 201 else 0)
            for location in locations:
                assert (await socket.ask("GET", location.partition(": ")[2]))[0] == 200


async def test_an_escaped_path_is_escaped_in_the_link_to_the_next_page(
    socket: Socket, project: TestProject
) -> None:
    status, lines = await socket.ask("GET", f"{project.url}/data/%6Eotes?limit=1")
    assert status == 200
    (link,) = (line for line in lines if line.lower().startswith("link:"))
    assert f"<{project.url}/data/notes?limit=1&cursor=" in link


async def test_a_project_has_one_id_and_no_other_spelling_of_it(
    socket: Socket, project: TestProject
) -> None:
    known = str(project.id)
    assert (await socket.ask("GET", f"/api/projects/{known}/data/notes?limit=1"))[0] == 200
    assert (await socket.ask("GET", f"/api/projects/{known.upper()}/data/notes?limit=1"))[0] == 200
    for spelling in (
        f"%7b{known}%7d", f"urn:uuid:{known}", project.id.hex, f"%20{known}", f"{known}%0d%0a",
        f"{known}%0a", known.replace("-", "", 1), f"{known}-",
    ):  # fmt: skip
        for path in ("data/notes?limit=1", "schema", ""):
            status, _ = await socket.ask("GET", f"/api/projects/{spelling}/{path}")
            assert status == 404, spelling


@pytest.mark.parametrize("text", ["{%s}", "urn:uuid:%s", " %s", "%s\n", "%s-", "-%s"])
def test_an_id_is_read_in_one_spelling(text: str) -> None:
    known = UUID(int=7)
    assert parse_uuid(str(known)) == parse_uuid(str(known).upper()) == known
    with pytest.raises(ValueError, match="UUID"):
        parse_uuid(text % known)
    with pytest.raises(ValueError, match="UUID"):
        parse_uuid(known.hex)
