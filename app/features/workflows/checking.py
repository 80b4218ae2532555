"""Whether a definition can stand: every name it uses leads somewhere. Pure.

All faults are told at once, each with its place. What depends on values is checked again when the
step runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from app.core.action import Action
from app.core.errors import InvalidError, Violation
from app.engine.catalog.model import Catalog, Collection
from app.engine.query.values import escape_pointer, nearest
from app.features.workflows.conditions import check_condition, condition_paths
from app.features.workflows.definition import CONTINUE, END, RECORD, STOP, Step
from app.features.workflows.flow import FLOW
from app.features.workflows.templates import TemplateError, find_expressions

MOST_STEPS: Final = 100
DEEPEST: Final = 2
RESERVED: Final = frozenset({END, STOP, CONTINUE})
COMMON: Final = frozenset({"project", "steps", "trigger", "run", "now", "today", "secrets"})
_OF_TRIGGER: Final[Mapping[str, frozenset[str]]] = {
    "manual": frozenset({"input", "user"}),
    "webhook": frozenset({"input"}),
    "schedule": frozenset(),
}
_OF_RECORD: Final = frozenset({"record", "previous_record", "user"})
_OF_ITEM: Final = frozenset({"item", "index"})
_OF_NAMES: Final = frozenset({"missing", "extra_forbidden"})
"""Faults that no template's value can mend."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a step's templates can name: ``steps`` are those before it."""

    names: frozenset[str]
    record: Collection | None
    steps: frozenset[str] = frozenset()

    def after(self, step: Step) -> "Sight":
        return replace(self, steps=self.steps | {step.id})

    def inside(self) -> "Sight":
        return replace(self, names=self.names | _OF_ITEM)


def sight_of(trigger_type: str, collection: Collection | None) -> Sight:
    """What the first step's templates can name."""
    is_record = trigger_type.startswith(RECORD)
    return Sight(COMMON | (_OF_RECORD if is_record else _OF_TRIGGER[trigger_type]), collection)


def check_steps(
    steps: Sequence[Step], sight: Sight, actions: Mapping[str, Action], catalog: Catalog
) -> list[Violation]:
    """What is wrong with the steps."""
    checker = _Checker(actions, catalog)
    checker.check_list(steps, sight, "/steps", 0)
    if checker.count > MOST_STEPS:
        checker.report("/steps", "too_long", f"A workflow has at most {MOST_STEPS} steps.")
    return checker.faults


@dataclass(slots=True)
class _Checker:
    actions: Mapping[str, Action]
    catalog: Catalog
    faults: list[Violation] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    count: int = 0

    def report(self, pointer: str, code: str, message: str, hint: str | None = None) -> None:
        self.faults.append(Violation(pointer, code, message, hint))

    def check_list(self, steps: Sequence[Step], sight: Sight, pointer: str, depth: int) -> None:
        for position, step in enumerate(steps):
            at = f"{pointer}/{position}"
            self.count += 1
            self._check_id(step, at)
            self._check_targets(step, [each.id for each in steps], position, at)
            self._check_parts(step, at)
            self._check_params(step, sight, at)
            if step.action == "for_each":
                self._check_nested(step, sight, at, depth)
            sight = sight.after(step)

    def _check_id(self, step: Step, at: str) -> None:
        if step.id in self.seen:
            self.report(f"{at}/id", "duplicate", f"Another step has the id {step.id!r}.")
        if step.id in RESERVED:
            self.report(f"{at}/id", "reserved", f"{step.id!r} is a word of the language.")
        self.seen.add(step.id)

    def _check_targets(self, step: Step, ids: list[str], position: int, at: str) -> None:
        named = {"then": step.then, "else": step.otherwise}
        named |= {f"cases/{escape_pointer(key)}": target for key, target in step.cases.items()}
        if step.on_error not in (STOP, CONTINUE):
            named["on_error"] = step.on_error
        later = ids[position + 1 :]
        for name, target in named.items():
            if target is None or target == END or target in later:
                continue
            if target in ids:
                message = f"{target!r} is no later step: a run goes forward only."
                self.report(f"{at}/{name}", "not_later", message)
            else:
                self.report(f"{at}/{name}", "unknown_step", f"There is no step {target!r} here.",
                            nearest(target, [*later, END]))  # fmt: skip

    def _check_parts(self, step: Step, at: str) -> None:
        """The members that some actions have and others have not."""
        takes = {
            "else": (step.otherwise is not None, ("condition", "switch")),
            "cases": (bool(step.cases), ("switch",)),
            "steps": (bool(step.steps), ("for_each",)),
        }
        for name, (given, of) in takes.items():
            if given and step.action not in of:
                self.report(f"{at}/{name}", "not_applicable", f"Only {' and '.join(of)} take it.")
        for name, (given, of) in takes.items():
            if not given and step.action in of and name != "else":
                self.report(f"{at}/{name}", "missing", f"{step.action} needs {name}.")
        if step.action in FLOW and (step.retry or step.seconds):
            name = "retry" if step.retry else "timeout_seconds"
            self.report(f"{at}/{name}", "not_applicable", f"{step.action} is not tried again.")

    def _check_params(self, step: Step, sight: Sight, at: str) -> None:
        shape = self._shape(step, at)
        if shape is None:
            return
        for pointer, code, message in shape_faults(shape, step.params):
            self.report(f"{at}/with{pointer}", code, message)
        self._check_templates(step, sight, f"{at}/with")
        if step.action == "condition" and isinstance(step.params.get("where"), dict):
            self._check_where(step, sight, f"{at}/with/where")
        self._check_collection(step, f"{at}/with/collection")

    def _shape(self, step: Step, at: str) -> type[BaseModel] | None:
        if step.action in FLOW:
            return FLOW[step.action][0]
        if step.action in self.actions:
            return self.actions[step.action].params
        hint = nearest(step.action, [*FLOW, *self.actions])
        self.report(f"{at}/action", "unknown_action", f"There is no action {step.action!r}.", hint)
        return None

    def _check_where(self, step: Step, sight: Sight, pointer: str) -> None:
        where = step.params["where"]
        try:
            check_condition(where, pointer, sight.names - {"secrets"})
        except InvalidError as error:
            self.faults.extend(error.errors or [Violation(pointer, error.code, error.detail)])
            return
        for at, path in condition_paths(where, pointer):
            self._check_path(step, path, sight, at)

    def _check_templates(self, step: Step, sight: Sight, pointer: str) -> None:
        try:
            for at, found in find_expressions(step.params):
                self._check_path(step, found.path, sight, pointer + at)
                if found.path[0] == "secrets" and found.filters:
                    self.report(pointer + at, "secret_not_plain", "A secret takes no filters.")
        except TemplateError as error:
            self.faults.append(error.as_violation(pointer))

    def _check_path(self, step: Step, path: Sequence[str | int], sight: Sight, at: str) -> None:
        first, second = path[0], path[1] if len(path) > 1 else None
        if first not in sight.names:
            known = sorted(sight.names)
            self.report(at, "unknown_name", f"{first!r} stands for nothing here.",
                        nearest(str(first), known) or f"There are {', '.join(known)}.")  # fmt: skip
        elif first == "steps" and second not in sight.steps:
            hint = nearest(str(second), list(sight.steps))
            self.report(at, "unknown_step", f"No step {second!r} comes before this one.", hint)
        elif first == "secrets" and not self._takes_secrets(step):
            self.report(at, "secret_not_allowed", f"{step.action} takes no secrets.")
        elif first == "secrets" and len(path) != 2:
            self.report(at, "unknown_name", "A secret is named as {{secrets.NAME}}.")
        elif first in ("record", "previous_record") and sight.record and isinstance(second, str):
            self._check_field(second, sight.record, at)

    def _check_field(self, name: str, record: Collection, at: str) -> None:
        if record.find_field(name) is None:
            hint = nearest(name, list(record.fields))
            self.report(at, "unknown_field", f"{record.name} has no field {name!r}.", hint)

    def _check_collection(self, step: Step, at: str) -> None:
        """A collection that is named outright is one that there is."""
        name = step.params.get("collection")
        if step.action not in self.actions or not isinstance(name, str) or "{{" in name:
            return
        if self.catalog.find_collection(name) is None:
            hint = nearest(name, list(self.catalog.collections))
            self.report(at, "unknown_collection", f"There is no collection {name!r}.", hint)

    def _takes_secrets(self, step: Step) -> bool:
        return step.action in self.actions and self.actions[step.action].takes_secrets

    def _check_nested(self, step: Step, sight: Sight, at: str, depth: int) -> None:
        if depth >= DEEPEST:
            self.report(f"{at}/steps", "too_deep", f"for_each goes at most {DEEPEST} deep.")
        else:
            self.check_list(step.steps, sight.inside(), f"{at}/steps", depth + 1)


def shape_faults(
    shape: type[BaseModel], params: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with parameters whatever their templates come to: place, code, sentence."""
    try:
        shape.model_validate(params)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False):
            if fault["type"] in _OF_NAMES or not _has_template(_value_at(params, fault["loc"])):
                pointer = "".join(f"/{escape_pointer(str(part))}" for part in fault["loc"])
                yield pointer, fault["type"], fault["msg"].removeprefix("Value error, ")


def _value_at(params: Any, location: Sequence[int | str]) -> Any:
    """The value there, or the nearest around it."""
    value = params
    for part in location:
        if not _has(value, part):
            break
        value = value[part]
    return value


def _has(value: Any, part: int | str) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, Mapping) and part in value


def _has_template(value: Any) -> bool:
    if isinstance(value, str):
        return "{{" in value
    if isinstance(value, list):
        return any(_has_template(each) for each in value)
    return isinstance(value, Mapping) and any(_has_template(each) for each in value.values())
