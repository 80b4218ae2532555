"""Names, labels and defaults that were not meant well."""

from typing import Any

import pytest

from tests.features.schema.conftest import Api

RESERVED = ("user", "order", "select", "table", "null", "all", "primary", "check", "from", "limit")
BAD_NAMES = (
    *("", " ", "a b", "a'b", 'a"b', "a;b", "a--b", "a.b", "a/b", "a%sb", "a:x", "{{x}}", "a\nb"),
    *("a\rb", "a\u202eb", "Posts", "\u0440\u043ests", "\u00e9", "e\u0301", "a\u200db", "\uff41"),
    *("1a", "_a", "a__b"),
    *("a_", "x" * 49, "x" * 70, "x" * 1_000_000, "select *", "ctid ", "$user", "ix_f_abc"),
)
DEFAULTS = (
    *(
        "'); DROP TABLE x;--",
        "a:b",
        "50%",
        "\\\\",
        "\\",
        "{x}",
        "$1",
        "now()",
        "' || version() || '",
    ),
    *("E'\\x41'", "''", '"', "line\nbreak", "tab\t", "ü\u202e", "\\u0041", "${jndi}", "{{7*7}}"),
)


async def test_reserved_words_are_ordinary_names(api: Api) -> None:
    fields = [{"name": name, "type": "string", "index": True} for name in RESERVED]
    for name in RESERVED:
        await api.ok("POST", "/collections", {"name": name, "fields": fields})

    made = await api.ok("POST", "/data/select", dict.fromkeys(RESERVED, "x"))
    url = f"/data/select/{made['id']}"
    await api.ok("PATCH", url, {"order": "y"})

    assert (await api.get(url))["order"] == "y"
    found = await api.get("/data/select?f.order=y&sort=-user&fields=table,null")
    assert found["data"] == [{"table": "x", "null": "x"}]
    await api.ok("DELETE", url)
    assert (await api.get("/schema/drift"))["in_sync"]


@pytest.mark.parametrize("name", BAD_NAMES, ids=range(len(BAD_NAMES)))
async def test_a_bad_name_is_refused_and_makes_nothing(still_api: Api, name: str) -> None:
    version = (await still_api.get("/schema"))["version"]

    for body in ({"name": name}, {"name": "ok", "fields": [{"name": name, "type": "int"}]}):
        problem = await still_api.refused(422, "POST", "/collections", body)
        assert {e["code"] for e in problem["errors"]} <= {"name_invalid", "name_reserved"}
        assert len(str(problem)) < 10_000

    assert (await still_api.get("/schema"))["version"] == version


@pytest.mark.parametrize("name", ["id", "created_at", "updated_at", "created_by", "xmin", "or"])
async def test_what_every_record_has_is_no_name_for_a_field(still_api: Api, name: str) -> None:
    body = {"name": "things", "fields": [{"name": name, "type": "int"}]}

    problem = await still_api.refused(422, "POST", "/collections", body)

    assert [e["code"] for e in problem["errors"]] == ["name_reserved"]


async def test_two_logical_names_never_share_a_column(still_api: Api) -> None:
    fields = [{"name": "a", "type": "relation", "to": "users"}, {"name": "a_id", "type": "int"}]

    problem = await still_api.refused(422, "POST", "/collections", {"name": "t", "fields": fields})

    assert {e["code"] for e in problem["errors"]} == {"name_taken"}


async def test_labels_are_data(api: Api) -> None:
    label = "x\n\\! id\r\u202e'); DROP SCHEMA public;--"
    body = {
        "name": "things",
        "label": label,
        "fields": [{"name": "a", "type": "int", "label": label}],
    }

    made = await api.ok("POST", "/collections", body)

    assert (made["label"], made["fields"][0]["label"]) == (label, label)
    assert (await api.get("/schema/drift"))["in_sync"]


@pytest.mark.parametrize("default", DEFAULTS, ids=range(len(DEFAULTS)))
async def test_a_default_is_stored_byte_for_byte(api: Api, default: str) -> None:
    """For new records, for records that were there before, and after the schema is read back."""
    await api.ok("POST", "/collections", {"name": "things"})
    before = await api.ok("POST", "/data/things", {})
    enum = {"name": "e", "type": "enum", "values": [default, "other"], "default": default}
    for field in ({"name": "t", "type": "text", "default": default}, enum):
        await api.ok("POST", "/collections/things/fields", field)

    after = await api.ok("POST", "/data/things", {})
    kept = await api.get(f"/data/things/{before['id']}")

    assert (after["t"], after["e"], kept["t"], kept["e"]) == (default,) * 4
    shown = await api.get("/collections/things")
    assert [f["default"] for f in shown["fields"]] == [default, default]
    assert (await api.get("/schema/drift"))["in_sync"]


@pytest.mark.parametrize(
    "default", [["v", {"raw": True}], {"raw": "now()"}, {"generated": "sql"}, 7, True, "x\x00"]
)
async def test_a_default_of_another_kind_is_refused(still_api: Api, default: Any) -> None:
    field = {"name": "t", "type": "text", "default": default}

    answer = await still_api.send("POST", "/collections", {"name": "things", "fields": [field]})

    assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"name": "t", "fields": "x"},
        {"name": "t", "fields": [1]},
        {"name": "t", "fields": [{"name": "a"}]},
        {"name": "t", "fields": [{"name": "a", "type": ["int"]}]},
        {"name": "t", "fields": [{"name": ["a"], "type": "int"}]},
        {"name": "t", "fields": [{"name": "a", "type": "int", "required": "yes"}]},
        {"name": "t", "fields": [{"name": "a", "type": "enum", "values": []}]},
        {"name": "t", "fields": [{"name": "a", "type": "enum", "values": [1, 2]}]},
        {"name": "t", "fields": [{"name": "a", "type": "array(json)"}]},
        {"name": "t", "fields": [{"name": "a", "type": "decimal", "scale": 3}]},
        {"name": "t", "fields": [{"name": "a", "type": "int", "min": 3, "max": 1}]},
        {"name": "t", "fields": [{"name": "a", "type": "text", "collation": 'C" --'}]},
        {"name": "t", "fields": [{"name": "a", "type": "text", "collation": "no-such-one"}]},
        {"name": "t", "indexes": [{"fields": ["nope"]}]},
        {"name": "t", "indexes": [{"fields": []}]},
        {"name": "t", "unique": [["created_at", "created_at"]]},
        {"name": "t", "id_type": "serial"},
        {"name": "t", "system": "x", "nope": 1},
        {"id": "sys_users", "name": "t"},
        {"name": "t", "fields": [{"name": "a", "type": "relation", "to": {"x": 1}}]},
        {
            "name": "t",
            "fields": [
                {"name": "a", "type": "text", "validations": [{"rule": "regex", "value": "(?=x)"}]}
            ],
        },
        {},
    ],
)
async def test_a_bad_collection_is_refused_with_pointers(
    still_api: Api, body: dict[str, Any]
) -> None:
    problem = await still_api.refused(422, "POST", "/collections", body)

    assert problem["code"] in ("schema_invalid", "schema_unsupported")
    assert (await still_api.get("/schema"))["version"] == 1


@pytest.mark.parametrize(
    "where",
    [{"a__in": ["$record.b", "x"]}, {"a": "$nobody.b"}, {"and": {"a": "x"}}, {"a__isnull": 3}],
)
async def test_a_rule_that_cannot_be_read_is_refused_when_it_is_made(
    still_api: Api, where: Any
) -> None:
    """Later it would refuse every write."""
    fields = [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}]
    rules = [{"rule": "condition", "where": where}]
    told = await still_api.refused(
        422, "POST", "/collections", {"name": "t", "fields": fields, "validations": rules}
    )
    assert told["code"] == "schema_invalid"
    (fault,) = told["errors"]
    assert fault["pointer"].endswith("/validations/0/where")
    assert fault["code"] == "rule_invalid"
