"""What a value is told that breaks a rule which has no words of its own."""

import json
from typing import Any

import pytest

from tests.conftest import Admin, TestProject
from tests.schemas import apply_schema, field

RULES: list[tuple[dict[str, Any], Any, str]] = [
    ({"rule": "min", "value": 0.5}, 0.25, "rule min: 0.5."),
    ({"rule": "regex", "value": "^ü+$"}, "u", 'rule regex: "^ü+$".'),
]


@pytest.mark.parametrize(("rule", "value", "told"), RULES, ids=["number", "pattern"])
async def test_a_value_is_told_what_the_rule_asks_for(
    admin: Admin, project: TestProject, rule: dict[str, Any], value: Any, told: str
) -> None:
    kind = "decimal" if rule["rule"] == "min" else "string"
    options = {"precision": 8, "scale": 2} if kind == "decimal" else {}
    things = {"name": "things", "fields": [field("x", kind, validations=[rule], **options)]}
    await apply_schema(admin, project, things)
    data = f"{project.url}/data/things"

    written = await admin.client.post(data, json={"x": value})
    imported = await admin.client.post(
        f"{data}/import", content=f"x\n{value}\n", headers={"content-type": "text/csv"}
    )

    assert written.status_code == 422, written.text
    assert written.json()["errors"][0]["message"].endswith(told)
    assert imported.status_code == 422, imported.text
    assert told in json.dumps(imported.json(), ensure_ascii=False).replace('\\"', '"')
