"""Python: typed dicts that the collections of ``backendify-client`` are typed by.

For each collection what a record is, what creates and updates it, and its conditions, with a
``CollectionName`` that brings them along. Conditions on related records are written as objects
(``{"author": {"name": "Ann"}}``), so that they are checked however deep they go.
"""

import json
import keyword
import re
from collections.abc import Iterator, Mapping

from app.features.codegen.names import type_names
from app.features.codegen.shapes import (
    CollectionShape,
    FieldShape,
    InputShape,
    ProjectShape,
    RelationShape,
    Schema,
)
from app.features.codegen.texts import one_line

Members = Mapping[str, str]
_IMPORTS = """\
import datetime
import decimal
import uuid
from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypedDict

from backendify_client import Append, CollectionName, Increment
"""
_TAKEN = frozenset(
    {"Any", "Append", "CollectionName", "Increment", "Literal", "NotRequired", "Sequence"}
    | {"TypedDict", "True", "False", "None"}
)
_TYPES = frozenset(
    {"Any", "Literal", "NotRequired", "Sequence", "bool", "datetime", "decimal", "float", "int"}
    | {"list", "str", "uuid"}
)
_ORDER = re.compile(r"#(\s*[\w-]+\s*:)")
_LAST_OF_FOUR = 0xFFFF
_READ = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_WRITTEN = {
    "date-time": "str | datetime.datetime",
    "date": "str | datetime.date",
    "uuid": "str | uuid.UUID",
    "number": "float | decimal.Decimal",
}
_OF_LISTS = frozenset({"in", "notin", "between", "any", "all"})
_OF_TEXT = frozenset({"search", "has_key"})


def render(project: ProjectShape) -> str:
    """The whole file."""
    constants = {each.name: each.name.upper() for each in project.collections}
    named = type_names(constants, _TAKEN | set(constants.values()))
    parts = [
        f'"""The types of the project {project.slug}, at version {project.version} of its schema.\n'
        "\n"
        'Generated: make them anew after a change of the schema.\n"""\n',
        _IMPORTS,
        *(_types(each, named) for each in project.collections),
        "".join(
            _constant(constants[each.name], named[each.name], each) for each in project.collections
        ),
    ]
    return "\n".join(parts)


def _types(collection: CollectionShape, named: Mapping[str, str]) -> str:
    name = named[collection.name]
    told = _comment(collection.description)
    creates = {each.key: _given(each, creating=True) for each in collection.creates}
    updates = {each.key: _given(each, creating=False) for each in collection.updates}
    return "\n".join(
        (
            told + _typed_dict(name, _record(collection, named)),
            _typed_dict(f"{name}Create", creates),
            _typed_dict(f"{name}Update", updates),
            _typed_dict(f"{name}Filter", _filter(collection, named), total=False, plain=False),
        )
    )


def _typed_dict(name: str, members: Members, *, total: bool = True, plain: bool = True) -> str:
    """A class where the names of its members allow that."""
    if plain and all(_is_attribute(key) for key in members):
        body = "".join(f"    {key}: {kind}\n" for key, kind in members.items())
        return f"class {name}(TypedDict):\n{body or '    pass' + chr(10)}\n"
    kinds = {key: kind[1:-1] if kind.startswith('"') else kind for key, kind in members.items()}
    body = "".join(f"        {_text(key)}: {_text(kind)},\n" for key, kind in kinds.items())
    ending = "" if total else "    total=False,\n"
    return f"{name} = TypedDict(\n    {_text(name)},\n    {{\n{body}    }},\n{ending})\n\n"


def _record(collection: CollectionShape, named: Mapping[str, str]) -> dict[str, str]:
    """``NotRequired`` is what stands there when it is expanded."""
    members = {each.key: _nullable(each) for each in collection.fields}
    for each in collection.relations:
        target = named[each.to]
        if each.name in members:
            members[each.name] += f' | "list[{target}]"'
        elif each.is_to_one:
            members[each.name] = f'NotRequired["{target} | None"]'
        else:
            members[each.name] = f'NotRequired["list[{target}]"]'
    return {key: _quoted(kind) for key, kind in members.items()}


def _quoted(kind: str) -> str:
    """``list[str] | "list[Tags]"`` cannot be added up at run time; the whole can be a text."""
    return kind if kind.startswith("NotRequired") or '"list[' not in kind else _whole(kind)


def _whole(kind: str) -> str:
    return f'"{kind.replace(chr(34), "")}"'


def _given(each: InputShape, *, creating: bool) -> str:
    kind = _written(each.value) + (" | None" if each.nullable else "")
    if each.step == "$inc" and not creating:
        kind += " | Increment"
    if each.step == "$append" and not creating:
        kind += " | Append"
    return kind if creating and each.required else f"NotRequired[{kind}]"


def _filter(collection: CollectionShape, named: Mapping[str, str]) -> dict[str, str]:
    name = named[collection.name]
    members = {
        "and": f"Sequence[{name}Filter]", "or": f"Sequence[{name}Filter]", "not": f"{name}Filter",
    }  # fmt: skip
    for each in collection.fields:
        members |= _conditions(each)
    for relation in collection.relations:
        members |= _walk(relation, named, members.get(relation.name))
    return members


def _conditions(field: FieldShape) -> Iterator[tuple[str, str]]:
    """A condition for each operator; a relation's id stands under both of its names."""
    for name in [field.key] if field.alias is None else [field.key, field.alias]:
        for operator in sorted(field.operators, key=lambda each: (each != "eq", each)):
            if operator == "eq":
                yield name, f"{_written(field.value)} | None"
            else:
                yield f"{name}__{operator}", _operand(field, operator)


def _operand(field: FieldShape, operator: str) -> str:
    item = _written(field.value.get("items", field.value))
    if operator == "isnull":
        return "bool"
    if operator in _OF_LISTS:
        return f"Sequence[{item}]"
    if operator in _OF_TEXT:
        return "str"
    if operator == "contains" and field.value.get("type") == "array":
        return f"{item} | Sequence[{item}]"
    return _written(field.value)


def _walk(
    relation: RelationShape, named: Mapping[str, str], own: str | None
) -> Iterator[tuple[str, str]]:
    """Conditions on the related records, and their ids where no field stands for these."""
    nested = f"{named[relation.to]}Filter"
    yield relation.name, nested if own is None else f"{own} | {nested}"
    if own is None:
        ids = f"Sequence[{_written(relation.target_id)}]"
        yield f"{relation.name}__any", ids
        yield f"{relation.name}__in", ids
        yield f"{relation.name}__isnull", "bool"


def _constant(constant: str, name: str, collection: CollectionShape) -> str:
    types = f"{name}, {name}Create, {name}Update, {name}Filter"
    return f"{constant} = CollectionName[{types}]({_text(collection.name)})\n"


def _nullable(field: FieldShape) -> str:
    return _read(field.value) + (" | None" if field.nullable else "")


def _read(schema: Schema) -> str:
    if "enum" in schema:
        return f"Literal[{', '.join(map(_text, schema['enum']))}]"
    if schema.get("type") == "array":
        return f"list[{_read(schema['items'])}]"
    return _READ.get(str(schema.get("type")), "Any")


def _written(schema: Schema) -> str:
    """What may be given: times, ids and decimals as Python has them too."""
    if schema.get("type") == "array":
        return f"Sequence[{_written(schema['items'])}]"
    special = _WRITTEN.get(str(schema.get("format"))) or _WRITTEN.get(str(schema.get("type")))
    return _read(schema) if special is None or "enum" in schema else special


def _is_attribute(key: str) -> bool:
    """Whether it can be written as one: Python renames what begins with ``__`` in a class, and
    types that are named like one of its members mean that member there."""
    return key.isidentifier() and not (
        keyword.iskeyword(key) or key.startswith("__") or key in _TYPES
    )


def _text(value: object) -> str:
    """A literal; what shows nothing, or turns the line around, is escaped."""
    return "".join(each if each.isprintable() else _escaped(each) for each in _json(value))


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR else f"\\U{code:08x}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _comment(text: str | None) -> str:
    """``#:`` is what documents; type checkers and linters obey what follows a bare ``#``."""
    told = _ORDER.sub(r"\1", one_line(text))
    return f"#: {told}\n" if told else ""
