"""A second trial on real input: the Chinook music shop, eleven files with every kind of relation.

The files are read where they lie beside the project; they are no part of it.
"""

import csv
import io
import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.schemas import apply_schema, field

FILES = Path(__file__).parents[3].parent / "shared" / "data" / "chinook"
pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason=f"There are no files in {FILES}.")

Rows = list[dict[str, str]]


def text(name: str, **options: Any) -> dict[str, Any]:
    return field(name, "string", **options)


def to(name: str, target: str, **options: Any) -> dict[str, Any]:
    return field(name, "relation", to=target, **options)


def collection(name: str, *fields: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "id_type": "int", "fields": list(fields)}


ADDRESS = [text(name) for name in ("address", "city", "state", "country", "postal_code")]
PRICE = field("unit_price", "decimal", precision=10, scale=2, required=True)
SCHEMA = [
    collection("artists", text("name"), to("albums", "albums", kind="has_many", via="artist")),
    collection(
        "albums",
        text("title", required=True),
        to("artist", "artists", required=True, on_delete="cascade"),
        to("tracks", "tracks", kind="has_many", via="album"),
    ),
    collection("genres", text("name", unique=True)),
    collection("media_types", text("name", unique=True)),
    collection(
        "tracks",
        text("name", required=True),
        to("album", "albums"),
        to("media_type", "media_types", required=True),
        to("genre", "genres"),
        text("composer"),
        field("milliseconds", "int", required=True),
        field("bytes", "int"),
        PRICE,
        to("lines", "invoice_lines", kind="has_many", via="track"),
    ),
    collection("playlists", text("name"), to("tracks", "tracks", kind="many_to_many")),
    collection(
        "employees",
        text("last_name", required=True),
        text("first_name", required=True),
        text("title"),
        to("reports_to", "employees", on_delete="set_null"),
        field("birth_date", "datetime"),
        field("hire_date", "datetime"),
        *ADDRESS,
        text("phone"),
        text("fax"),
        field("email", "email", unique=True),
        to("reports", "employees", kind="has_many", via="reports_to"),
    ),
    collection(
        "customers",
        text("first_name", required=True),
        text("last_name", required=True),
        text("company"),
        *ADDRESS,
        text("phone"),
        text("fax"),
        text("email", required=True),  # one has letters beyond ASCII, which an email has not
        to("support_rep", "employees", on_delete="set_null"),
        to("invoices", "invoices", kind="has_many", via="customer"),
    ),
    collection(
        "invoices",
        to("customer", "customers", required=True),
        field("invoice_date", "datetime", required=True),
        *(text(f"billing_{each['name']}") for each in ADDRESS),
        field("total", "decimal", precision=10, scale=2, required=True),
        to("lines", "invoice_lines", kind="has_many", via="invoice"),
    ),
    collection(
        "invoice_lines",
        to("invoice", "invoices", required=True, on_delete="cascade"),
        to("track", "tracks", required=True),
        PRICE,
        field("quantity", "int", required=True, min=1),
    ),
]
# The files in the order in which relations lead, and what their columns are called.
SOURCES = {
    "artists": "artist",
    "albums": "album",
    "genres": "genre",
    "media_types": "mediatype",
    "tracks": "track",
    "playlists": "playlist",
    "employees": "employee",
    "customers": "customer",
    "invoices": "invoice",
    "invoice_lines": "invoiceline",
}
KEYS = {
    "ArtistId": "artist", "AlbumId": "album", "GenreId": "genre", "MediaTypeId": "media_type",
    "TrackId": "track", "InvoiceId": "invoice", "CustomerId": "customer",
    "ReportsTo": "reports_to", "SupportRepId": "support_rep",
}  # fmt: skip


def rows_of(file: str) -> Rows:
    with (FILES / f"{file}.csv").open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def names_of(columns: list[str]) -> dict[str, str]:
    """``PostalCode`` is ``postal_code``; the first column is the file's own key."""
    snake = {
        name: "".join(f"_{c.lower()}" if c.isupper() else c for c in name).strip("_")
        for name in columns
    }
    return snake | KEYS | {columns[0]: "id"}


def playlists_with_tracks() -> str:
    """The playlists, the join table's rows as their lists of ids."""
    tracks = defaultdict(list)
    for row in rows_of("playlisttrack"):
        tracks[row["PlaylistId"]].append(row["TrackId"])
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["PlaylistId", "Name", "tracks"])
    for row in rows_of("playlist"):
        writer.writerow([row["PlaylistId"], row["Name"], ",".join(tracks[row["PlaylistId"]])])
    return out.getvalue()


class Shop:
    """The loaded shop."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self.client, self.url = client, f"{url}/data"

    async def load(self, name: str, source: str) -> int:
        content = (FILES / f"{source}.csv").read_text()
        if source == "playlist":
            content = playlists_with_tracks()
        columns = next(csv.reader([content.partition("\n")[0]]))
        names = names_of(columns)
        answer = await self.client.post(
            f"{self.url}/{name}/import",
            content=content,
            headers={"content-type": "text/csv"},
            params={"columns": json.dumps({each: names[each] for each in columns})},
        )
        assert answer.status_code == 200, (name, answer.text)
        return int(answer.json()["inserted"])

    async def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        answer = await self.client.get(f"{self.url}/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = json.loads(answer.text, parse_float=Decimal)
        return found


@pytest.fixture(scope="module")
async def chinook(admin: Admin) -> Shop:
    made = await admin.client.post("/api/projects", json={"name": "Chinook", "slug": "chinook"})
    project = TestProject(made.json()["id"], "chinook")
    await apply_schema(admin, project, *SCHEMA)
    shop = Shop(admin.client, project.url)
    for name, source in SOURCES.items():
        await shop.load(name, source)
    return shop


async def test_every_record_and_link_is_there(chinook: Shop) -> None:
    counts = {name: (await chinook.get(name, limit=1, count="exact"))["total"] for name in SOURCES}
    playlists = (await chinook.get("playlists"))["data"]
    links = sum(len(playlist["tracks"]) for playlist in playlists)

    assert counts == {name: len(rows_of(source)) for name, source in SOURCES.items()}
    assert links == len(rows_of("playlisttrack")) == 8_715
    assert sum(counts.values()) + links == 15_607


async def test_every_list_of_links_is_its_playlists(chinook: Shop) -> None:
    expected = defaultdict(set)
    for row in rows_of("playlisttrack"):
        expected[int(row["PlaylistId"])].add(int(row["TrackId"]))

    playlists = (await chinook.get("playlists"))["data"]

    assert {p["id"]: set(p["tracks"]) for p in playlists if p["tracks"]} == expected


async def test_money_keeps_its_digits(chinook: Shop) -> None:
    total = Decimal(0)
    page = await chinook.get("invoices", limit=1000, fields="total,lines.unit_price")
    for invoice in page["data"]:
        total += invoice["total"]
    lines = (await chinook.client.get(f"{chinook.url}/invoice_lines/export?format=csv")).text
    by_line = sum(
        Decimal(row["unit_price"]) * int(row["quantity"])
        for row in csv.DictReader(io.StringIO(lines))
    )

    assert total == sum(Decimal(row["Total"]) for row in rows_of("invoice")) == Decimal("2328.60")
    assert by_line == total


async def test_employees_report_to_employees(chinook: Shop) -> None:
    boss = (await chinook.get("employees", reports_to__isnull="true"))["data"]
    assert [each["last_name"] for each in boss] == ["Adams"]

    below = await chinook.get(
        f"employees/{boss[0]['id']}",
        expand="reports(sort=id,fields=last_name).reports(sort=id,fields=last_name)",
        fields="last_name",
    )

    assert below["reports"] == [
        {"last_name": "Edwards", "reports": [
            {"last_name": name} for name in ("Peacock", "Park", "Johnson")]},
        {"last_name": "Mitchell", "reports": [{"last_name": "King"}, {"last_name": "Callahan"}]},
    ]  # fmt: skip


async def test_conditions_walk_four_relations(chinook: Shop) -> None:
    """Which customers bought a track of AC/DC? Asked, and reckoned from the files."""
    albums = {r["AlbumId"] for r in rows_of("album") if r["ArtistId"] == "1"}
    tracks = {r["TrackId"] for r in rows_of("track") if r["AlbumId"] in albums}
    invoices = {r["InvoiceId"] for r in rows_of("invoiceline") if r["TrackId"] in tracks}
    buyers = {int(r["CustomerId"]) for r in rows_of("invoice") if r["InvoiceId"] in invoices}

    found = await chinook.get(
        "customers",
        invoices__lines__track__album__artist__name="AC/DC",
        fields="id",
        sort="id",
        limit=100,
    )

    assert [customer["id"] for customer in found["data"]] == sorted(buyers)
    assert buyers


async def test_conditions_reach_through_many_to_many(chinook: Shop) -> None:
    genres = {r["GenreId"]: r["Name"] for r in rows_of("genre")}
    jazz = {r["TrackId"] for r in rows_of("track") if genres[r["GenreId"]] == "Jazz"}
    expected = {int(r["PlaylistId"]) for r in rows_of("playlisttrack") if r["TrackId"] in jazz}

    found = await chinook.get("playlists", tracks__genre__name="Jazz", fields="id", sort="id")

    assert [playlist["id"] for playlist in found["data"]] == sorted(expected)


async def test_lists_count_and_sort_as_the_files_do(chinook: Shop) -> None:
    by_country = Counter(row["BillingCountry"] for row in rows_of("invoice"))
    for country in ("USA", "Brazil", "Norway"):
        found = await chinook.get(
            "invoices", billing_country=country, count="exact", sort="-total,id", limit=3
        )
        assert found["total"] == by_country[country]
        wanted = sorted(
            (r for r in rows_of("invoice") if r["BillingCountry"] == country),
            key=lambda r: (-Decimal(r["Total"]), int(r["InvoiceId"])),
        )
        assert [each["id"] for each in found["data"]] == [int(r["InvoiceId"]) for r in wanted[:3]]


async def test_texts_of_every_language_arrive_as_they_are(chinook: Shop) -> None:
    found = await chinook.get("customers", sort="id", limit=100, fields="first_name,last_name")

    assert [each["first_name"] for each in found["data"]] == [
        row["FirstName"] for row in rows_of("customer")
    ]
    assert found["data"][0] == {"first_name": "Luís", "last_name": "Gonçalves"}
