"""What a caller may write is what the Python evaluator says of one policy from beginning to end.

Random policies and random writes, each a dry run; the oracle asks every policy about the record
before and the record after, with what that policy sets, and knows nothing of statements.
"""

import os
import random
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest

from app.engine.catalog.model import Catalog, Collection
from tests.conftest import Admin, TestProject
from tests.features.policies.world import User, World
from tests.properties.test_policies import (
    KINDS,
    NAMES,
    WORDS,
    Data,
    Oracle,
    Person,
    Row,
    fill,
    random_condition,
    random_schema,
    set_policies,
)
from tests.schemas import apply_schema

WORLDS = int(os.environ.get("POLICY_WORLDS", "6"))
SETS = int(os.environ.get("POLICY_SETS", "8"))
WRITES = 25
DRY = {"Prefer": "tx=rollback"}
SETTABLE = ("t", "n", "k", "flag", "secret", "owner")


class Writes(Oracle):
    """How a write is allowed, by asking every policy about the record before and after."""

    def ways(
        self, person: Person, action: str, collection: Collection, before: Row | None, given: Row
    ) -> list[Row]:
        """What the record may become, by the policies that allow it: none, and it is refused.

        ``before`` is None for a create; ``given`` are the columns that are sent.
        """
        known = dict.fromkeys(collection.by_column) if before is None else before
        names = {name.removesuffix("_id") for name in given}
        spoken = [
            p for p in self._policies
            if p["collection"] == collection.name and action in p["actions"]
            and person.names & set(p["principals"])
        ]  # fmt: skip
        found = []
        for policy in spoken:
            after = {**known, **given, **(policy.get("presets") or {})}
            left = None if action == "delete" else after
            denied = any(self._denies(p, person, before, left, names, action) for p in spoken)
            if not denied and self._grants(policy, person, before, left, names, action):
                found.append(after)
        return found

    def _grants(
        self, policy: dict[str, Any], person: Person, before: Row | None, after: Row | None,
        names: set[str], action: str,
    ) -> bool:  # fmt: skip
        if policy["effect"] == "deny":
            return False
        if (
            action != "delete"
            and policy["fields"] is not None
            and not names <= set(policy["fields"])
        ):
            return False
        if names & set(policy.get("presets") or ()):
            return False
        if before is not None and not self._holds(policy, before, person):
            return False
        check = policy["where"] if policy.get("check") is None else policy["check"]
        return after is None or self._holds({**policy, "where": check}, after, person)

    def _denies(
        self, policy: dict[str, Any], person: Person, before: Row | None, after: Row | None,
        names: set[str], action: str,
    ) -> bool:  # fmt: skip
        if policy["effect"] == "allow":
            return False
        if policy["fields"] is not None and (
            action == "delete" or not names & set(policy["fields"])
        ):
            return False
        check = policy["where"] if policy.get("check") is None else policy["check"]
        if policy["where"] is None and (policy.get("check") is None or action == "delete"):
            return True
        by_before = before is not None and policy["where"] is not None
        if by_before and self._forbids(policy, before or {}, person):
            return True
        return after is not None and self._forbids({**policy, "where": check}, after, person)


def random_write_policies(rng: random.Random, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Conditions that stay on the record or look at others; no links are written here."""
    for name in NAMES:
        collection = catalog.collections[name]
        for number in range(rng.randint(1, 5)):
            deny = rng.random() < 0.2
            has_where, has_check = rng.random() < 0.75, rng.random() < 0.4
            actions = rng.choice([["update"], ["create"], ["delete"], ["create", "update"],
                                  ["update", "delete"]])  # fmt: skip
            is_checked = has_check and "delete" not in actions
            fields = rng.sample(SETTABLE, rng.randint(1, 6)) if rng.random() < 0.5 else None
            sets = not deny and "delete" not in actions and rng.random() < 0.4
            yield {
                "name": f"{name} {number}", "collection": name, "actions": actions,
                "presets": random_presets(rng, fields or ()) if sets else {},
                "principals": rng.choice([["app_user"], ["role:r"], ["app_user", "anonymous"]]),
                "effect": "deny" if deny else "allow",
                "where": random_condition(rng, collection, catalog) if has_where else None,
                "check": random_condition(rng, collection, catalog) if is_checked else None,
                "fields": fields,
            }  # fmt: skip
        yield {
            "name": f"see {name}", "collection": name, "actions": ["list", "read"],
            "principals": ["anonymous", "app_user"], "effect": "allow", "where": None,
            "fields": None,
        }  # fmt: skip


def random_presets(rng: random.Random, fields: Sequence[str]) -> dict[str, Any]:
    every = {"t": WORDS, "n": (0, 1, 2), "k": KINDS, "flag": (True, False), "secret": WORDS}
    free = [name for name in sorted(every) if name not in fields]
    return {name: rng.choice(every[name]) for name in rng.sample(free, min(len(free), 2))}


def random_values(rng: random.Random, users: Sequence[User]) -> dict[str, Any]:
    every = {
        "t": rng.choice((*WORDS, None)), "n": rng.choice((-1, 0, 1, 2, None)),
        "k": rng.choice((*KINDS, None)), "flag": rng.choice((True, False, None)),
        "secret": rng.choice(WORDS), "owner_id": rng.choice([user.id for user in users]),
    }  # fmt: skip
    return {name: every[name] for name in rng.sample(sorted(every), rng.randint(1, 4))}


@pytest.mark.parametrize("seed", range(WORLDS))
async def test_every_write_needs_one_policy_from_beginning_to_end(
    seed: int, app: Any, admin: Admin, project: TestProject
) -> None:
    rng = random.Random(1000 + seed)
    world = World(app, admin.client, project)
    await apply_schema(admin, project, *random_schema(rng))
    catalog = await app.services.catalogs.refresh(project.id)
    users = [await world.user(), await world.user("r")]
    data = await fill(rng, world, catalog, users)
    people = [Person(frozenset({"anonymous"}), {}, world.anyone)]
    for user, names in zip(users, ({"app_user"}, {"app_user", "role:r"}), strict=True):
        people.append(Person(frozenset(names), {"user.id": user.id}, user.client))
    await world.policy("users", "read list", "anonymous app_user", name="everyone is known")
    for _ in range(SETS):
        policies = list(random_write_policies(rng, catalog))
        await set_policies(world, policies)
        await world.policy("users", "read list", "anonymous app_user", name="everyone is known")
        oracle = Writes(catalog, data, policies)
        for _ in range(WRITES):
            await _try(rng, world, oracle, rng.choice(people), catalog, data, users)


async def _try(
    rng: random.Random, world: World, oracle: Writes, person: Person, catalog: Catalog,
    data: Data, users: Sequence[User],
) -> None:  # fmt: skip
    collection = catalog.collections[rng.choice(NAMES)]
    action = rng.choice(["create", "update", "update", "delete"])
    row = rng.choice(data.rows[collection.name])
    url = f"{world.data}/{collection.name}"
    given = {} if action == "delete" else random_values(rng, users)
    if action == "create":
        before = None
        answer = await person.client.post(url, json=given, headers=DRY)
    elif action == "update":
        before = row
        answer = await person.client.patch(f"{url}/{row['id']}", json=given, headers=DRY)
    else:
        before = row
        answer = await person.client.delete(f"{url}/{row['id']}", headers=DRY)
    typed = {name: UUID(v) if name == "owner_id" else v for name, v in given.items()}
    ways = oracle.ways(person, action, collection, before, typed)
    told = (
        action, given, sorted(person.names), answer.text, row,
        [p for p in oracle._policies if p["collection"] == collection.name],
    )  # fmt: skip
    assert (answer.status_code < 300) == bool(ways), told
    if ways and action != "delete":
        written = {column: answer.json()[column] for column in ("t", "n", "k", "flag", "secret")}
        assert written in [{column: way[column] for column in written} for way in ways], told
