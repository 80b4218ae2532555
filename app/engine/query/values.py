"""From the JSON of a body to what is bound: every value parsed by its field, every fault at once.

Nothing here reads the database; what needs other rows (relations, conditions on the row after)
is asked in the statement itself.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any

from app.core.errors import BadRequestError, InvalidError, Violation
from app.core.ids import uuid7
from app.engine.catalog.field_types import field_type
from app.engine.catalog.field_types.type import json_kind
from app.engine.catalog.model import Catalog, Collection, Field, Generated
from app.engine.catalog.rules import broken_message, broken_rules
from app.engine.policy.model import Grant, WriteGuard, preset_value
from app.engine.query.defaults import TIMES, Author, defaults_of, generated

MOST_LINKS = 10_000


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a body, parsed.

    ``columns`` are driver values by column, ``changes`` the relative ones (``{"$inc": 1}``) as
    ``(kind, value)``, ``links`` the ids of many_to_many relations by field id; ``given`` are the
    ids of the fields that the body names.
    """

    columns: dict[str, Any] = member(default_factory=dict)
    changes: dict[str, tuple[str, Any]] = member(default_factory=dict)
    links: dict[str, list[Any]] = member(default_factory=dict)
    given: set[str] = member(default_factory=set)


def parse_new(
    body: Any,
    collection: Collection,
    catalog: Catalog,
    grant: Grant,
    author: Author,
    at: str = "",
    *,
    restoring: bool = False,
) -> Record:
    """A record to create: defaults filled in, every stored column present.

    ``restoring`` takes its times too, where the grant does. Raises InvalidError with every
    violation, located below the JSON Pointer ``at``.
    """
    takes_times = restoring and grant.restores_times
    parser = _Parser(collection, catalog, grant, at, creating=True, takes_times=takes_times)
    record = parser.parse(body)
    parser.fill_presets(record, author)
    parser.fill_defaults(record, author)
    parser.finish(record)
    return record


def parse_changes(
    body: Any,
    collection: Collection,
    catalog: Catalog,
    grant: Grant,
    *,
    replace: bool = False,
    author: Author | None = None,
    at: str = "",
) -> Record:
    """What an update sets; with ``replace`` every other field gets its default."""
    parser = _Parser(collection, catalog, grant, at, creating=False)
    record = parser.parse(body)
    parser.fill_presets(record, author or Author())
    if replace:
        parser.fill_defaults(record, author or Author(), written=True)
    parser.finish(record)
    return record


class _Parser:
    """Parses one record and gathers its violations."""

    def __init__(
        self,
        collection: Collection,
        catalog: Catalog,
        grant: Grant,
        at: str,
        *,
        creating: bool,
        takes_times: bool = False,
    ) -> None:
        self._collection = collection
        self._catalog = catalog
        self._grant = grant
        self._at = at
        self._creating = creating
        self._takes_times = takes_times
        self._takes_anything = grant.takes_anything
        self._errors: list[Violation] = []
        self._refused: set[str] = set()

    def parse(self, body: Any) -> Record:
        record = Record()
        if not isinstance(body, dict):
            raise InvalidError(
                f"Expected an object, got {json_kind(body)}.",
                errors=[Violation(self._at, "type", "A record is an object.")],
            )
        for name, value in body.items():
            self._member(name, value, record)
        return record

    def fill_presets(self, record: Record, author: Author) -> None:
        """Set what the policies set; what remains to be asked of them is up to the statement."""
        if self._takes_anything:
            return
        for preset in self._guard(record).presets.values():
            record.columns[preset.field.column] = preset_value(preset, author.variables)

    def _guard(self, record: Record) -> WriteGuard:
        return self._grant.guard(record.given if self._grant.depends_on_fields else ())

    def fill_defaults(self, record: Record, author: Author, *, written: bool = False) -> None:
        """Give every stored column a value; ``written`` leaves out what an update never sets."""
        columns = record.columns
        kept = self._kept(record) if written else frozenset()
        for field, default in defaults_of(self._catalog, self._collection):
            column = field.column
            if column in columns or column in record.changes:
                continue
            if field.id in kept:
                continue
            if not (written and (field.read_only or field.id == "id")):
                is_made = isinstance(default, Generated)
                columns[column] = (
                    generated(field, default.generator, author) if is_made else default
                )
        if not written:
            self._fill_system(record, author)

    def _kept(self, record: Record) -> frozenset[str]:
        """What a replacement leaves alone unless it is named: what its writer may not set, or not
        on every record."""
        rules = self._guard(record).rules
        denied = {each for denial in self._grant.denials for each in denial.fields or ()}
        return frozenset(
            field_id
            for field_id in self._collection.by_id
            if field_id in denied or not all(rule.takes((field_id,)) for rule in rules)
        )

    def finish(self, record: Record) -> None:
        """Check what is required and the rules; raise all that is wrong."""
        for column, value in record.columns.items():
            field = self._collection.by_column[column]
            if column in self._refused:
                continue
            if value is None and field.required and field.id != "id":
                self._missing(field)
            elif value is not None and field.validations:
                self._check_rules(field, value)
        if self._errors:
            raise InvalidError("Some values cannot be accepted.", errors=self._errors)

    def _missing(self, field: Field) -> None:
        if self._may_name(field):
            self._fault(field.column, "required", "A value is required.")
        else:
            self._unnamed("required")

    def _unnamed(self, code: str) -> None:
        """A fault of a value that is not the writer's, in a field that does not exist for them."""
        fault = Violation(self._at, code, "The record as it would be set for you is refused.")
        if fault not in self._errors:
            self._errors.append(fault)

    def _member(self, name: str, value: Any, record: Record) -> None:
        field = self._collection.find_field(name)
        if field is None or not self._may_name(field):
            self._unknown(name)
        elif not self._may_write(field):
            self._fault(name, "field_read_only", "You may not set this field.")
        elif not field.is_stored:
            self._links(name, field, value, record)
        elif value is None and field.read_only and self._creating:
            return  # as if it were not there
        elif not self._is_settable(field):
            self._fault(name, "field_read_only", "This field is set by the server.")
        else:
            self._stored(name, field, value, record)

    def _stored(self, name: str, field: Field, value: Any, record: Record) -> None:
        record.given.add(field.id)
        if isinstance(value, dict) and field.type != "json" and not self._creating:
            self._relative(name, field, value, record)
        elif value is None:
            record.columns[field.column] = None
        else:
            self._value(name, field, value, record)

    def _may_name(self, field: Field) -> bool:
        """Whether the field exists for the writer: one that they may neither read nor set fails
        as one that does not."""
        return self._grant.may_touch(field.id) or self._grant.may_show(field.id)

    def _may_write(self, field: Field) -> bool:
        if self._takes_anything or field.read_only or field.id == "id":
            return True  # refused, or taken, further on
        return any(rule.takes((field.id,)) for rule in self._grant.rules)

    def _unknown(self, name: str) -> None:
        names = [
            f.name
            for f in self._collection.fields.values()
            if not f.read_only and self._may_name(f) and self._may_write(f)
        ]
        self._fault(name, "unknown_field", "There is no such field.", nearest(name, names))

    def _value(self, name: str, field: Field, value: Any, record: Record) -> None:
        try:
            parsed = field_type(field).parse(field, value)
        except (ValueError, BadRequestError) as error:
            self._refused.add(field.column)
            self._fault(name, "type", str(error))
            return
        record.columns[field.column] = parsed
        self._check_bounds(name, field, parsed)

    def _is_settable(self, field: Field) -> bool:
        if field.id in TIMES:
            return self._takes_times
        if field.id == "id":
            return self._creating and any(rule.takes(("id",)) for rule in self._grant.rules)
        return not field.read_only

    def _check_bounds(self, name: str, field: Field, value: Any) -> None:
        for code, message in broken_bounds(field, value):
            self._fault(name, code, message)

    def _check_rules(self, field: Field, value: Any) -> None:
        for rule in broken_rules(field, value):
            if self._may_name(field):
                message = broken_message(rule)
                self._fault(field.column, rule.rule, message)
            else:
                self._unnamed(rule.rule)

    def _relative(self, name: str, field: Field, value: dict[str, Any], record: Record) -> None:
        """``{"$inc": 1}`` and ``{"$append": x}``."""
        kind = _RELATIVE.get(next(iter(value), ""), "")
        if not self._grant.may_show(field.id):
            # Bounds would tell, step by step, what the value is.
            self._fault(name, "field_unreadable", "Only what you may read can be changed by steps.")
            return
        if len(value) != 1 or field.type not in _RELATIVE_TYPES.get(kind, ()):
            self._fault(name, "type", f"A {field.type} field takes no such object.")
            return
        try:
            operand = next(iter(value.values()))
            wrapped = [operand] if kind == "append" and not isinstance(operand, list) else operand
            record.changes[field.column] = (kind, field_type(field).parse(field, wrapped))
        except ValueError as error:
            self._fault(name, "type", str(error))

    def _links(self, name: str, field: Field, value: Any, record: Record) -> None:
        relation = field.relation
        record.given.add(field.id)
        if relation is None or relation.kind != "many_to_many":
            self._fault(name, "field_read_only", "Set this relation on the other side.")
        elif not isinstance(value, list):
            self._fault(name, "type", f"Expected a list of ids, got {json_kind(value)}.")
        elif len(value) > MOST_LINKS:
            self._fault(name, "type", f"A list holds at most {MOST_LINKS} ids.")
        else:
            record.links[field.id] = self._link_ids(name, field, value)

    def _link_ids(self, name: str, field: Field, value: Sequence[Any]) -> list[Any]:
        kind, ids = field_type(field), []
        for position, each in enumerate(value):
            try:
                ids.append(kind.parse(field, each))
            except ValueError as error:
                self._fault(f"{name}/{position}", "type", str(error))
        return list(dict.fromkeys(ids))

    def _fill_system(self, record: Record, author: Author) -> None:
        columns = record.columns
        if columns.get("id") is None:
            columns["id"] = uuid7() if self._collection.id_type == "uuid" else None
            if self._collection.id_type == "text":
                self._fault("id", "required", "This collection's records bring their own id.")
        if self._collection.created_by:
            columns["created_by"] = author.user_id

    def _fault(self, name: str, code: str, message: str, hint: str | None = None) -> None:
        pointer = "/".join((self._at, *(escape_pointer(part) for part in name.split("/"))))
        self._errors.append(Violation(pointer, code, message, hint))


_RELATIVE = {"$inc": "inc", "$append": "append"}
_RELATIVE_TYPES = {"inc": ("int", "float", "decimal"), "append": ("array",)}


def broken_bounds(field: Field, value: Any) -> list[tuple[str, str]]:
    """The field's own bounds that a parsed value breaks, as ``(code, message)``."""
    if field.id == "id" and value in _NOT_IN_A_PATH:
        return [("not_addressable", "No URL can lead to a record with this id.")]
    if isinstance(value, str) and field.type in {"string", "text", "email", "url"}:
        longest = field_type(field).max_length(field)  # type: ignore[attr-defined]  # text types
        return _broken_lengths(field, len(value), longest)
    found = []
    if field.min is not None and value < _bound(field, field.min):
        found.append(("min", f"The value must be at least {field.min}."))
    if field.max is not None and value > _bound(field, field.max):
        found.append(("max", f"The value must be at most {field.max}."))
    return found


_NOT_IN_A_PATH = ("", ".", "..")


def _broken_lengths(field: Field, length: int, longest: int | None) -> list[tuple[str, str]]:
    if longest is not None and length > longest:
        return [("max_length", f"The text has {length} characters, at most {longest} may be.")]
    if field.min_length is not None and length < field.min_length:
        return [("min_length", f"The text must have at least {field.min_length} characters.")]
    return []


def _bound(field: Field, bound: Any) -> Any:
    return field_type(field).parse(field, bound)


def nearest(name: str, known: Sequence[str]) -> str | None:
    """A ``Did you mean`` for a name, if one is near."""
    near = difflib.get_close_matches(name[:60], known, n=1)
    return f"Did you mean {near[0]!r}?" if near else None


def escape_pointer(part: str) -> str:
    """A member's name within a JSON Pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


def as_mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}
