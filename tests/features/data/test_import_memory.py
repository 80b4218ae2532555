"""100,000 rows in and out of a server of its own, whose memory stays flat."""

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.schemas import field
from tests.serving import serving

ROWS = 100_000
MOST_GROWTH = 64 << 20
PASSWORD = "correct horse battery staple"
SCHEMA = {
    "collections": [
        {
            "name": "rows",
            "id_type": "int",
            "fields": [
                field("text", "string"),
                field("number", "int"),
                field("amount", "decimal"),
                field("at", "datetime"),
            ],
        }
    ]
}

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="There is no /proc."),
    pytest.mark.xdist_group("memory"),  # one server for all of them
]


@dataclass(frozen=True, slots=True)
class Measured:
    """A server with a collection ``rows``, and the process that serves it."""

    client: httpx.Client
    pid: int

    def resident(self, which: str = "VmRSS") -> int:
        """Bytes now; ``VmHWM`` for the most there were since ``forget_peak``."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"{which}:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) << 10

    def forget_peak(self) -> int:
        """Begin anew to look for the peak; what is resident now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.resident()


@pytest.fixture(scope="module")
def measured(
    tmp_path_factory: pytest.TempPathFactory, postgres_bin: Path | None
) -> Iterator[Measured]:
    with (
        serving(tmp_path_factory.mktemp("memory"), postgres_bin) as served,
        httpx.Client(base_url=served.url, timeout=300) as client,
    ):
        account = {"email": "owner@example.com", "password": PASSWORD}
        token = client.post("/api/auth/register", json=account).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        client.post("/api/projects", json={"name": "Memory", "slug": "memory"})
        base = client.get("/api/projects/memory/schema").json()["hash"]
        applied = client.post(
            "/api/projects/memory/schema/apply", json={"base": base, "schema": SCHEMA}
        )
        assert applied.status_code == 200, applied.text
        warm = client.post("/api/projects/memory/data/rows", json={"text": "first"})
        assert warm.status_code == 201, warm.text
        yield Measured(client, served.process.pid)


def lines(kind: str) -> Iterator[str]:
    if kind == "csv":
        yield "text,number,amount,at\n"
    for n in range(ROWS):
        text, amount, at = f"text number {n}", f"{n}.{n % 100:02}", "2026-11-20T12:00:00Z"
        if kind == "csv":
            yield f"{text},{n},{amount},{at}\n"
        else:
            row = f'{{"text": "{text}", "number": {n}, "amount": {amount}, "at": "{at}"}}'
            yield row + ("\n" if kind == "ndjson" else ",\n" if n < ROWS - 1 else "]")


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("csv", "text/csv"), ("json", "application/json"), ("ndjson", "application/x-ndjson")],
)
def test_an_import_grows_the_server_little_however_long_the_file(
    measured: Measured, kind: str, media_type: str
) -> None:
    before = measured.forget_peak()

    with tempfile.TemporaryFile() as file:
        file.write(b"[" if kind == "json" else b"")
        file.writelines(line.encode() for line in lines(kind))
        file.seek(0)
        answer = measured.client.post(
            "/api/projects/memory/data/rows/import",
            content=file,
            headers={"content-type": media_type},
        )

    assert answer.json() == {"inserted": ROWS, "updated": 0, "failed": 0, "errors": []}
    assert measured.resident("VmHWM") - before < MOST_GROWTH


@pytest.fixture(scope="module")
def full(measured: Measured) -> Measured:
    """With rows enough that an export is long."""
    answer = measured.client.post(
        "/api/projects/memory/data/rows/import",
        content="".join(lines("csv")),
        headers={"content-type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    return measured


@pytest.mark.parametrize("kind", ["csv", "json", "ndjson"])
def test_an_export_grows_the_server_little_however_long_the_list(full: Measured, kind: str) -> None:
    before = full.forget_peak()
    size = newlines = 0

    path = f"/api/projects/memory/data/rows/export?format={kind}"
    with full.client.stream("GET", path) as answer:
        for chunk in answer.iter_bytes():
            size += len(chunk)
            newlines += chunk.count(b"\n")

    assert newlines >= ROWS
    assert size > ROWS * len(json.dumps({"text": "text number 1"}))
    assert full.resident("VmHWM") - before < MOST_GROWTH
