"""No name of a field means anything to the statements: every word that they use is tried as one."""

import re
from pathlib import Path
from typing import Any

import app.engine.query as query
from tests.conftest import Admin, TestProject
from tests.schemas import apply_schema, field

_WORD = re.compile(r"\b[a-z][a-z0-9_]{0,15}\b")


def words_of_the_compilers() -> list[str]:
    """Every word of the compilers' source, and every letter: the aliases are among them."""
    folder = Path(str(query.__file__)).parent
    text = "".join(path.read_text() for path in sorted(folder.glob("compile*.py")))
    words = {*_WORD.findall(text.lower()), *"abcdefghijklmnopqrstuvwxyz"}
    taken = {"id", "created_at", "updated_at", "created_by"}
    return sorted(word for word in words - taken if "__" not in word and not word.endswith("_id"))


async def _named(admin: Admin, project: TestProject, names: list[str], kind: str) -> list[str]:
    """The names that the schema takes, after making a collection of them all."""
    fields = [field(name, kind) for name in names]
    plan = {"name": "odd", "fields": fields}
    held = (await admin.client.get(f"{project.url}/schema")).json()
    body = {"base": held["hash"], "schema": {"collections": [*held["schema"]["collections"], plan]}}
    answer = await admin.client.post(f"{project.url}/schema/plan", json=body)
    faults = answer.json().get("errors", [])
    refused = {int(f["pointer"].split("/fields/")[1].split("/")[0]) for f in faults}
    kept = [name for n, name in enumerate(names) if n not in refused]
    await apply_schema(
        admin, project,
        {"name": "odd", "fields": [field(name, kind) for name in kept]},
        {"name": "kids", "fields": [field("odd", "relation", to="odd")]},
    )  # fmt: skip
    return kept


async def test_every_word_of_the_statements_may_name_a_field(
    admin: Admin, project: TestProject
) -> None:
    for start, kind in ((0, "string"), (1, "json")):
        names = await _named(admin, project, words_of_the_compilers()[start::2][:400], kind)
        assert len(names) > 100
        await _use(admin, project, names)
        await apply_schema(admin, project, {"name": "kids", "fields": [field("x", "string")]})
        gone = await admin.client.get(f"{project.url}/schema")
        kept = [c for c in gone.json()["schema"]["collections"] if c["name"] == "users"]
        body = {"base": gone.json()["hash"], "schema": {"collections": kept}}
        asked = await admin.client.post(f"{project.url}/schema/apply", json=body)
        body["confirm"] = asked.json()["plan_hash"]
        assert (await admin.client.post(f"{project.url}/schema/apply", json=body)).is_success


async def _use(admin: Admin, project: TestProject, names: list[str]) -> None:
    client, url = admin.client, f"{project.url}/data"
    values: dict[str, Any] = {name: f"value of {name}" for name in names}
    made = await client.post(f"{url}/odd", json=values)
    assert made.status_code == 201, made.text
    key = made.json()["id"]
    changed = await client.patch(f"{url}/odd/{key}", json={names[0]: "changed"})
    assert changed.status_code == 200, changed.text
    values[names[0]] = "changed"
    kid = await client.post(f"{url}/kids", json={"odd": key})
    assert kid.status_code == 201
    shown = [
        (await client.get(f"{url}/odd/{key}")).json(),
        (await client.get(f"{url}/odd")).json()["data"][0],
        (await client.get(f"{url}/odd?sort=created_at&count=exact")).json()["data"][0],
        (await client.get(f"{url}/odd/export")).json()[0],
        (await client.get(f"{url}/kids?expand=odd")).json()["data"][0]["odd"],
        (await client.get(f"{url}/odd/{key}/history")).json()["data"][0]["after"],
    ]
    for record in shown:
        assert {name: record[name] for name in names} == values
    counted = await client.get(f"{url}/odd/aggregate?count=*&group_by=created_at")
    assert counted.json()["data"][0]["count"] == 1
    await client.delete(f"{url}/kids/{kid.json()['id']}")
    assert (await client.delete(f"{url}/odd/{key}")).status_code == 204
