"""TypeScript: declarations that ``createClient<Schema>`` of ``@backendify/client`` is typed by.

They import nothing. ``Schema`` says of each collection what a record is, what is written, and for
conditions the value and the operators of each field; the client's own types do the rest.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

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

_TAKEN = frozenset({"Schema", "Json", "Date"})
_ORDER = re.compile(r"(^|\W)@")
_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_KINDS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}
_RELATIONS = {"belongs_to": "one", "has_many": "many", "many_to_many": "many"}


def render(project: ProjectShape) -> str:
    """The whole file."""
    operators = _OperatorSets(project)
    named = type_names([each.name for each in project.collections], _TAKEN | operators.names)
    parts = [
        f"// The types of the project {project.slug}, at version {project.version} of its schema.\n"
        "// Generated: make them anew after a change of the schema.\n",
        "export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };\n",
        operators.declarations(),
        *(_types(each, named[each.name]) for each in project.collections),
        _schema(project, named, operators),
    ]
    return "\n".join(parts)


class _OperatorSets:
    """A name for each set of operators that some field has: most fields share a few."""

    def __init__(self, project: ProjectShape) -> None:
        found = {f.operators for c in project.collections for f in c.fields}
        ordered = sorted(found, key=lambda each: (len(each), each))
        self._names = {each: f"Operators{n}" for n, each in enumerate(ordered, 1)}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._names.values())

    def declarations(self) -> str:
        named = self._names.items()
        return "".join(f"type {name} = {_union(operators)};\n" for operators, name in named)

    def __getitem__(self, field: FieldShape) -> str:
        return self._names[field.operators]


def _types(collection: CollectionShape, name: str) -> str:
    fields = (_member(f.key, _nullable(f), f.description) for f in collection.fields)
    creates = (_input(each, stepping=False) for each in collection.creates)
    updates = (_input(each, stepping=True) for each in collection.updates)
    return "\n".join(
        (
            _comment(collection.description, "") + _interface(name, fields),
            _interface(f"{name}Create", creates),
            _interface(f"{name}Update", updates),
        )
    )


def _interface(name: str, members: Iterable[str]) -> str:
    body = "".join(members)
    return f"export interface {name} {{\n{body}}}\n" if body else f"export interface {name} {{}}\n"


def _input(each: InputShape, *, stepping: bool) -> str:
    kind = _nullable(each, writing=True)
    if each.step == "$inc" and stepping:
        kind += " | { $inc: number }"
    if each.step == "$append" and stepping:
        item = _type(each.value["items"], writing=True)
        kind += f" | {{ $append: {item} | {_listed(item)} }}"
    if each.key == "constructor":
        kind += " | Function"  # which every object has, when it is not given
    key = each.key if each.required else f"{each.key}?"
    return _member(key, kind, each.description)


def _schema(project: ProjectShape, named: Mapping[str, str], operators: _OperatorSets) -> str:
    body = "".join(_entry(each, named[each.name], operators) for each in project.collections)
    return f"export interface Schema {{\n{body}}}\n"


def _entry(collection: CollectionShape, name: str, operators: _OperatorSets) -> str:
    conditions = "".join(_condition(each, operators[each]) for each in collection.fields)
    relations = "".join(_relation(each) for each in collection.relations)
    sorts = [each.key for each in collection.fields if each.sortable]
    return (
        f"  {_key(collection.name)}: {{\n"
        f"    record: {name};\n    create: {name}Create;\n    update: {name}Update;\n"
        f"    conditions: {_block(conditions)};\n    relations: {_block(relations)};\n"
        f"    sorts: {_union(sorts)};\n    keys: {_union(collection.keys)};\n"
        "  };\n"
    )


def _block(members: str) -> str:
    return f"{{\n{members}    }}" if members else "{}"


def _condition(field: FieldShape, operators: str) -> str:
    """A field's value and operators; a relation's id stands under both of its names."""
    value = field.value["items"] if field.is_links else field.value
    kind = f"{{ value: {_type(value, writing=True)}; operators: {operators} }}"
    names = [field.key] if field.alias is None else [field.key, field.alias]
    return "".join(f"      {_key(name)}: {kind};\n" for name in names)


def _relation(each: RelationShape) -> str:
    told = _comment(each.description, "      ")
    kind = f"{{ to: {json.dumps(each.to)}; many: {'false' if each.is_to_one else 'true'} }}"
    return f"{told}      {_key(each.name)}: {kind};\n"


def _member(key: str, kind: str, description: str | None) -> str:
    return f"{_comment(description, '  ')}  {_key(key)}: {kind};\n"


def _key(name: str) -> str:
    bare = name.removesuffix("?")
    return name if _PLAIN.fullmatch(bare) else json.dumps(bare) + name[len(bare) :]


def _nullable(each: FieldShape | InputShape, *, writing: bool = False) -> str:
    return _type(each.value, writing=writing) + (" | null" if each.nullable else "")


def _type(schema: Schema, *, writing: bool = False) -> str:
    """A JSON Schema as a type; an instant may be written as a ``Date``."""
    if "enum" in schema:
        return _union(schema["enum"])
    if schema.get("type") == "array":
        return _listed(_type(schema["items"], writing=writing))
    if writing and schema.get("format") == "date-time":
        return "string | Date"
    kind: Any = schema.get("type")
    return _KINDS.get(kind, "Json")


def _listed(item: str) -> str:
    return f"({item})[]" if " " in item else f"{item}[]"


def _union(words: Iterable[str]) -> str:
    return " | ".join(json.dumps(word) for word in words) or "never"


def _comment(text: str | None, indent: str) -> str:
    """A line of its own; the compiler and its tools take words behind an ``@`` for orders."""
    told = _ORDER.sub(r"\1\\@", one_line(text).replace("*/", "*\\/"))
    return f"{indent}/** {told} */\n" if told else ""
