"""What a caller sees, on every surface, is what the Python evaluator says they may see.

Random schemas, policies and data. The oracle below knows nothing of grants, masks or SQL: it asks
each policy about each record and adds the answers up. Besides, answers to a caller do not differ
by one byte when only what is hidden from them differs.
"""

import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import Database
from app.core.ids import project_schema
from app.engine.catalog.model import Catalog, Collection, Field
from app.engine.conditions.evaluate import Facts, matches
from app.engine.conditions.tree import Context
from app.engine.policy.bound import bind_condition
from tests.conftest import Admin, TestProject
from tests.features.policies.world import User, World
from tests.schemas import apply_schema, field

WORLDS = int(os.environ.get("POLICY_WORLDS", "6"))
SETS = int(os.environ.get("POLICY_SETS", "8"))
NAMES = ("alphas", "betas", "gammas")
WORDS = ("a", "b", "ab", "x")
KINDS = ("red", "green")
ROWS = 6

Row = dict[str, Any]


@dataclass(slots=True)
class Data:
    """The records of a world by collection, as columns; links by many_to_many field id."""

    rows: dict[str, list[Row]]
    links: dict[str, set[tuple[str, str]]]

    def related(self, catalog: Catalog, relation: Field, row: Mapping[str, Any]) -> list[Row]:
        assert relation.relation is not None
        target = self.rows[catalog.target(relation).name]
        if relation.is_belongs_to:
            return [each for each in target if each["id"] == row[relation.column]]
        if row["id"] is None:  # a record that is not there yet
            return []
        if relation.relation.kind == "has_many":
            via = catalog.target(relation).by_id[relation.relation.via or ""]
            return [each for each in target if each[via.column] == row["id"]]
        ids = {t for s, t in self.links[relation.id] if s == str(row["id"])}
        return [each for each in target if str(each["id"]) in ids]


@dataclass(frozen=True, slots=True)
class Person:
    """A caller: how policies call them, what variables stand for, and their client."""

    names: frozenset[str]
    variables: Mapping[str, Any]
    client: httpx.AsyncClient


class Oracle:
    """Which records and fields a person may see, by asking each policy about each record."""

    def __init__(self, catalog: Catalog, data: Data, policies: Sequence[dict[str, Any]]) -> None:
        self._catalog = catalog
        self._data = data
        self._policies = policies

    def shown(self, person: Person, action: str, collection: Collection, row: Row) -> Row | None:
        """The record's visible fields by id, or None."""
        spoken = [
            p
            for p in self._policies
            if p["collection"] == collection.name
            and action in p["actions"]
            and person.names & set(p["principals"])
        ]
        allows = [p for p in spoken if p["effect"] == "allow" and self._holds(p, row, person)]
        denies = [p for p in spoken if p["effect"] == "deny" and self._forbids(p, row, person)]
        if not allows or any(p["fields"] is None for p in denies):
            return None
        fields = {
            f.id: row[f.column]
            for f in collection.stored_fields
            if any(p["fields"] is None or f.name in p["fields"] for p in allows)
            and not any(f.name in p["fields"] for p in denies)
        }
        return {"id": row["id"], **fields}

    def rows(self, person: Person, action: str, collection: Collection) -> dict[str, Row]:
        found = (
            (str(row["id"]), self.shown(person, action, collection, row))
            for row in self._data.rows[collection.name]
        )
        return {row_id: shown for row_id, shown in found if shown is not None}

    def may(self, person: Person, action: str, collection: Collection) -> bool:
        """Whether some policy allows the action at all, whatever the record."""
        return any(
            p["effect"] == "allow"
            and p["collection"] == collection.name
            and action in p["actions"]
            and person.names & set(p["principals"])
            for p in self._policies
        ) and not any(
            p["effect"] == "deny" and p["where"] is None and p["fields"] is None
            and p["collection"] == collection.name and action in p["actions"]
            and person.names & set(p["principals"])
            for p in self._policies
        )  # fmt: skip

    def names(self, person: Person, action: str, collection: Collection) -> set[str]:
        """The fields that may be named in a query."""
        if not self.may(person, action, collection):
            return set()
        spoken = [
            p for p in self._policies
            if p["collection"] == collection.name and action in p["actions"]
            and person.names & set(p["principals"])
        ]  # fmt: skip
        allowed = {
            f.name for f in collection.fields.values()
            if any(p["effect"] == "allow" and (p["fields"] is None or f.name in p["fields"])
                   for p in spoken)
        }  # fmt: skip
        gone = {
            name for p in spoken if p["effect"] == "deny" and p["where"] is None
            for name in p["fields"] or ()
        }  # fmt: skip
        return (allowed - gone) | {"id"}

    def _holds(self, policy: dict[str, Any], row: Row, person: Person) -> bool:
        if policy["where"] is None:
            return True
        return self._meets(
            policy["where"], self._catalog.collections[policy["collection"]], row, person
        )

    def _meets(self, where: Any, collection: Collection, row: Row, person: Person) -> bool:
        """A negation of what has no value is not met, whatever stands beside it."""
        for word, together in (("or", any), ("and", all)):
            if word in where and any("not" in each for each in where[word]):
                return together(self._meets(each, collection, row, person) for each in where[word])
        if "not" in where and self._names_nothing(where, person):
            return False
        bound = bind_condition(where, collection, self._catalog, "/where")
        assert bound is not None
        return matches(bound, row, self._facts(person))

    def _names_nothing(self, where: Any, person: Person) -> bool:
        text = json.dumps(where)
        unknown = "$user.id" in text and person.variables.get("user.id") is None
        return unknown or '__in": []' in text

    def _forbids(self, policy: dict[str, Any], row: Row, person: Person) -> bool:
        """A deny also holds where a variable it names stands for nothing."""
        return self._holds(policy, row, person) or self._names_nothing(policy["where"], person)

    def _facts(self, person: Person) -> Facts:
        return Facts(
            context=Context(person.variables),
            related=lambda relation, row: self._data.related(self._catalog, relation, row),
        )


def random_schema(rng: random.Random) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for name in NAMES:
        fields = [
            field("t", "string"),
            field("n", "int"),
            field("k", "enum", values=list(KINDS)),
            field("flag", "boolean"),
            field("secret", "string"),
            field("owner", "relation", to="users", on_delete="set_null"),
        ]
        if rng.random() < 0.8:
            fields.append(field("up", "relation", to=rng.choice(NAMES), on_delete="set_null"))
        if rng.random() < 0.5:
            to = rng.choice(NAMES)
            fields.append(field("many", "relation", kind="many_to_many", to=to))
        made.append({"name": name, "fields": fields})
    for other in list(made):
        up = next((f for f in other["fields"] if f["name"] == "up"), None)
        if up is not None:
            target = next(c for c in made if c["name"] == up["to"])
            back = f"from_{other['name']}"
            target["fields"].append(
                field(back, "relation", kind="has_many", to=other["name"], via="up")
            )
    return made


def random_condition(rng: random.Random, collection: Collection, catalog: Catalog) -> Any:
    def leaf(at: Collection, depth: int) -> dict[str, Any]:
        relations = [f for f in at.fields.values() if f.relation and f.name != "owner"]
        if relations and depth < 2 and rng.random() < 0.35:
            relation = rng.choice(relations)
            inner = leaf(catalog.target(relation), depth + 1)
            return {f"{relation.name}__{key}": value for key, value in inner.items()}
        return rng.choice(
            [
                {"t": rng.choice(WORDS)},
                {"t__contains": rng.choice(WORDS)},
                {"n__gte": rng.randint(-1, 3)},
                {"k": rng.choice(KINDS)},
                {"flag": rng.random() < 0.5},
                {"secret__startswith": rng.choice(WORDS)},
                {"owner_id": "$user.id"},
                {"owner_id": "$user.id"},
                {"k__in": []},
                {"t__isnull": rng.random() < 0.5},
            ]
        )

    kind = rng.random()
    if kind < 0.5:
        return leaf(collection, 0)
    if kind < 0.7:
        return {"or": [leaf(collection, 0), leaf(collection, 0)]}
    if kind < 0.8:
        return {"and": [leaf(collection, 0), leaf(collection, 0)]}
    if kind < 0.85:
        return {"not": leaf(collection, 0)}
    word, other = rng.sample(["and", "or"], 2)
    negated = {"not": {word: [leaf(collection, 0), leaf(collection, 0)]}}
    return negated if kind < 0.95 else {other: [leaf(collection, 0), negated]}


def random_policies(rng: random.Random, catalog: Catalog) -> Iterator[dict[str, Any]]:
    for name in NAMES:
        collection = catalog.collections[name]
        for number in range(rng.randint(0, 4)):
            names = [f.name for f in collection.fields.values()]
            deny = rng.random() < 0.25
            some = rng.random() < 0.5
            yield {
                "name": f"{name} {number}",
                "collection": name,
                "actions": rng.choice([["list", "read"], ["list", "read"], ["list"], ["read"]]),
                "principals": rng.choice(
                    [["anonymous"], ["app_user"], ["anonymous", "app_user"], ["role:r"]]
                ),
                "effect": "deny" if deny else "allow",
                "where": random_condition(rng, collection, catalog) if rng.random() < 0.8 else None,
                "fields": rng.sample(names, rng.randint(1, len(names))) if some else None,
            }


async def fill(rng: random.Random, world: World, catalog: Catalog, users: Sequence[User]) -> Data:
    """Records made through the API, so that the change log knows them."""
    data = Data({name: [] for name in NAMES}, {})
    for name in NAMES:
        collection = catalog.collections[name]
        for _ in range(ROWS):
            values = random_record(rng, users) | random_relations(rng, collection, catalog, data)
            made = await world.make(name, **values)
            data.rows[name].append(
                {f.column: _driver(f, made[f.column]) for f in collection.stored_fields}
            )
            if "many" in collection.fields:
                pairs = {(made["id"], other) for other in made["many"]}
                data.links.setdefault(collection.fields["many"].id, set()).update(pairs)
    data.rows["users"] = [{"id": UUID(user.id)} for user in users]
    return data


def _driver(stored: Field, value: Any) -> Any:
    return UUID(value) if value is not None and (stored.relation or stored.id == "id") else value


def random_record(rng: random.Random, users: Sequence[User]) -> Row:
    return {
        "t": rng.choice((*WORDS, None)), "n": rng.choice((-1, 0, 1, 2, None)),
        "k": rng.choice((*KINDS, None)), "flag": rng.choice((True, False, None)),
        "secret": rng.choice(WORDS),
        "owner_id": rng.choice((*(u.id for u in users), None)),
    }  # fmt: skip


def random_relations(
    rng: random.Random, collection: Collection, catalog: Catalog, data: Data
) -> Row:
    """Relations to records that are there already."""
    values: Row = {}
    for name in ("up", "many"):
        relation = collection.fields.get(name)
        target = data.rows[catalog.target(relation).name] if relation else []
        if relation is None or not target:
            continue
        if relation.is_belongs_to:
            found = rng.choice((*target, {"id": None}))["id"]
            values["up_id"] = None if found is None else str(found)
        else:
            some = rng.sample(target, rng.randint(0, len(target)))
            values["many"] = [str(row["id"]) for row in some]
    return values


async def set_policies(world: World, policies: Sequence[dict[str, Any]]) -> None:
    held = (await world.admin.get(f"{world.project.url}/policies")).json()["data"]
    for each in held:
        await world.admin.delete(f"{world.project.url}/policies/{each['id']}")
    for each in policies:
        answer = await world.admin.post(f"{world.project.url}/policies", json=each)
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("seed", range(WORLDS))
async def test_every_surface_shows_what_the_evaluator_allows(
    seed: int, app: Any, admin: Admin, project: TestProject, database: Database
) -> None:
    rng = random.Random(seed)
    world = World(app, admin.client, project)
    await apply_schema(admin, project, *random_schema(rng))
    catalog = await app.services.catalogs.refresh(project.id)
    users = [await world.user(), await world.user("r")]
    data = await fill(rng, world, catalog, users)
    people = [Person(frozenset({"anonymous"}), {}, world.anyone)]
    for user, names in zip(users, ({"app_user"}, {"app_user", "role:r"}), strict=True):
        people.append(Person(frozenset(names), {"user.id": user.id}, user.client))
    for _ in range(SETS):
        policies = list(random_policies(rng, catalog))
        await set_policies(world, policies)
        oracle = Oracle(catalog, data, policies)
        for person in people:
            for name in NAMES:
                surface = Surface(world, oracle, person, catalog.collections[name], data, catalog)
                await surface.check(rng)
        await _hidden_values_change_nothing(rng, world, database, people, catalog, oracle, data)


class Surface:
    """Every way to look at one collection, as one person."""

    def __init__(
        self,
        world: World,
        oracle: Oracle,
        person: Person,
        collection: Collection,
        data: Data,
        catalog: Catalog,
    ) -> None:
        self._world = world
        self._oracle = oracle
        self._person = person
        self._collection = collection
        self._data = data
        self._catalog = catalog
        self._path = f"{world.data}/{collection.name}"

    async def check(self, rng: random.Random) -> None:
        listed = self._oracle.rows(self._person, "list", self._collection)
        if not self._oracle.may(self._person, "list", self._collection):
            answer = await self._person.client.get(self._path)
            assert answer.status_code in (401, 403, 404), answer.text
        else:
            await self._list(listed)
            await self._filters(listed, rng)
            await self._expands(listed)
            await self._log_and_export(listed)
        await self._records()

    async def _get(self, query: str) -> Any:
        answer = await self._person.client.get(f"{self._path}{query}")
        assert answer.status_code == 200, (query, answer.text)
        return answer.json()

    async def _list(self, expected: dict[str, Row]) -> None:
        page = await self._get("?limit=1000&count=exact&sort=-id")
        assert {each["id"] for each in page["data"]} == set(expected), self._told()
        assert page["total"] == len(expected)
        for record in page["data"]:
            self._same(record, expected[record["id"]])
        counted = await self._get("/aggregate?count=*")
        assert counted["data"][0]["count"] == len(expected)

    def _told(self) -> str:
        """What there is to know of a difference."""
        mine = [p for p in self._oracle._policies if p["collection"] == self._collection.name]
        return f"{sorted(self._person.names)} {mine} {self._data.rows[self._collection.name]}"

    def _same(self, record: Row, shown: Row) -> None:
        """The record shows every visible field, and nothing of any other."""
        for each in self._collection.stored_fields:
            if each.id in shown and each.column in record:
                if each.type != "datetime":
                    known = shown[each.id]
                    told = str(known) if isinstance(known, UUID) else known
                    assert record[each.column] == told, each.name
            else:
                assert record.get(each.column) is None, each.name

    async def _filters(self, listed: dict[str, Row], rng: random.Random) -> None:
        names = self._oracle.names(self._person, "list", self._collection)
        for name in ("t", "secret", "n"):
            each = self._collection.fields[name]
            value = rng.choice(WORDS) if name != "n" else 1
            answer = await self._person.client.get(f"{self._path}?{name}={value}&limit=1000")
            if name not in names:
                assert answer.status_code == 400, answer.text
                continue
            found = {r["id"] for r in answer.json()["data"]}
            assert found == {i for i, row in listed.items() if row.get(each.id) == value}
            negated = await self._get(f"?{name}__neq={value}&limit=1000")
            known = {i for i, r in listed.items() if r.get(each.id) not in (None, value)}
            assert {r["id"] for r in negated["data"]} == known

    async def _expands(self, listed: dict[str, Row]) -> None:
        names = self._oracle.names(self._person, "list", self._collection)
        for relation in self._collection.fields.values():
            if relation.relation is None or relation.name == "owner":
                continue
            query = f"?expand={relation.name}(limit=1000)&fields=id&limit=1000"
            answer = await self._person.client.get(f"{self._path}{query}")
            if relation.name not in names:
                assert answer.status_code == 400, answer.text
                continue
            for record in answer.json()["data"]:
                self._expanded(relation, record, listed)
            await self._through(relation, listed)

    def _related(self, relation: Field, record_id: str, listed: dict[str, Row]) -> dict[str, Row]:
        """The related records that may be seen from a record, by id."""
        rows = self._data.rows[self._collection.name]
        row = next(each for each in rows if str(each["id"]) == record_id)
        if relation.is_belongs_to and relation.id not in listed[record_id]:
            return {}
        if not relation.is_belongs_to and not self._sees_relation(relation, row):
            return {}
        target = self._catalog.target(relation)
        action = "read" if relation.is_belongs_to else "list"
        found = {}
        for each in self._data.related(self._catalog, relation, row):
            shown = self._oracle.shown(self._person, action, target, each)
            if shown is not None:
                found[str(each["id"])] = shown
        return found

    def _sees_relation(self, relation: Field, row: Row) -> bool:
        """Whether a relation without a column is shown on this record: as a column would be."""
        stand_in = self._collection.fields["t"]
        policies = [
            dict(p, fields=None if p["fields"] is None else [
                *(n for n in p["fields"] if n != "t"), *("t" for n in p["fields"]
                                                          if n == relation.name)])
            for p in self._oracle._policies
        ]  # fmt: skip
        swapped = Oracle(self._catalog, self._data, policies)
        shown = swapped.shown(self._person, "list", self._collection, row)
        return shown is not None and stand_in.id in shown

    def _expanded(self, relation: Field, record: Row, listed: dict[str, Row]) -> None:
        seen = self._related(relation, record["id"], listed)
        value = record[relation.name]
        if relation.is_belongs_to:
            assert (value or {}).get("id") == next(iter(seen), None)
        else:
            assert {each["id"] for each in value or ()} == set(seen)

    async def _through(self, relation: Field, listed: dict[str, Row]) -> None:
        """A filter through the relation finds by what is seen of the other side alone."""
        target = self._catalog.target(relation)
        action = "read" if relation.is_belongs_to else "list"
        query = f"?{relation.name}__t=a&limit=1000"
        answer = await self._person.client.get(f"{self._path}{query}")
        if "t" not in self._oracle.names(self._person, action, target):
            assert answer.status_code in (200, 400)
            assert answer.status_code == 400 or answer.json()["data"] == []
            return
        each = target.fields["t"]
        expected = {
            i
            for i in listed
            if any(r.get(each.id) == "a" for r in self._related(relation, i, listed).values())
        }
        assert {r["id"] for r in answer.json()["data"]} == expected, relation.name

    async def _log_and_export(self, listed: dict[str, Row]) -> None:
        base = self._world.project.url
        answer = await self._person.client.get(
            f"{base}/changes?since=0&limit=1000&collection={self._collection.name}"
        )
        assert answer.status_code == 200, answer.text
        changes = answer.json()["data"]
        logged = {each["record_id"] for each in changes}
        assert logged <= set(listed)
        for change in changes:
            self._same(change["after"], listed[change["record_id"]])
        exported = await self._person.client.get(f"{self._path}/export?format=ndjson")
        assert exported.status_code == 200
        lines = [json.loads(line) for line in exported.text.splitlines()]
        assert {each["id"] for each in lines} == set(listed)

    async def _records(self) -> None:
        readable = self._oracle.rows(self._person, "read", self._collection)
        for row in self._data.rows[self._collection.name]:
            answer = await self._person.client.get(f"{self._path}/{row['id']}")
            record_id = str(row["id"])
            if record_id in readable:
                assert answer.status_code == 200, answer.text
                self._same(answer.json(), readable[record_id])
            else:
                assert answer.status_code in (401, 403, 404), answer.text
            history = await self._person.client.get(f"{self._path}/{row['id']}/history")
            assert (history.status_code == 200) == (record_id in readable), history.text


async def _hidden_values_change_nothing(
    rng: random.Random,
    world: World,
    database: Database,
    people: Sequence[Person],
    catalog: Catalog,
    oracle: Oracle,
    data: Data,
) -> None:
    """Change a value that a person may see nowhere, and that no policy looks at: every answer to
    them stays the same, byte for byte."""
    person = rng.choice(people)
    name = rng.choice(NAMES)
    collection = catalog.collections[name]
    row = rng.choice(data.rows[name])
    secret = collection.fields["secret"]
    looked_at = any("secret" in json.dumps(p["where"]) for p in oracle._policies)
    for action in ("list", "read"):
        shown = oracle.shown(person, action, collection, row)
        if looked_at or (shown is not None and secret.id in shown):
            return
    before = await _answers(world, person)
    table = f'"{project_schema(world.project.id)}"."{collection.table}"'
    set_secret = f"UPDATE {table} SET secret = $2 WHERE id = $1"
    await database.owner.execute(set_secret, row["id"], "CNRY")
    after = await _answers(world, person)
    await database.owner.execute(set_secret, row["id"], row["secret"])
    assert before == after


async def _answers(world: World, person: Person) -> list[tuple[int, bytes]]:
    """What a person is told by many requests: status and body."""
    found = []
    for name in NAMES:
        for query in (
            "?limit=1000&count=exact", "?sort=-secret", "?secret__startswith=C", "?search=CNRY",
            "?secret__isnull=false", "?up__secret=CNRY", "?sort=up.secret&expand=up,many",
            "?many__secret__gte=C", "/aggregate?count=*&group_by=secret", "/aggregate?max=secret",
            "/aggregate?count=*&up__secret__contains=NR", "/export?format=csv",
            "?fields=id,secret", "?from_alphas__secret=CNRY",
            "?filter={\"not\":{\"secret\":\"a\"}}",
        ):  # fmt: skip
            answer = await person.client.get(f"{world.data}/{name}{query}")
            assert answer.status_code < 500, answer.text
            body = b"" if answer.status_code >= 400 else answer.content
            found.append((answer.status_code, body))
    return found
