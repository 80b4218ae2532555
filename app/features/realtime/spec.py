"""What a subscriber asks for: collections by name, and a condition on their records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.json_text import parse_json
from app.engine.catalog.model import Catalog
from app.engine.conditions.bind import Bound, bind
from app.engine.conditions.operands import operand_parser
from app.engine.conditions.parse import parse_json_condition, parse_pairs
from app.engine.conditions.tree import NOTHING, All, Condition, InvalidValueError, Slot
from app.engine.policy.bound import tests_of
from app.engine.policy.model import Access
from app.engine.query.parameters import RESERVED, unknown_parameter


@dataclass(frozen=True, slots=True)
class Spec:
    """``names`` are the collections (none: all that may be listed); ``values`` are the
    condition's, the first of them in slot 1."""

    names: tuple[str, ...] = ()
    condition: Condition = NOTHING
    values: tuple[Any, ...] = ()

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for those who ask the same."""
        return self.names, self.condition, repr(self.values)

    def bind(self, ids: Sequence[str], catalog: Catalog, access: Access) -> dict[str, Bound]:
        """The condition on each of these collections. Raises what a list's filter raises."""
        if self.condition == NOTHING:
            return {}
        views = access.views("list")
        bound = {each: bind(self.condition, catalog.by_id[each], catalog, views) for each in ids}
        for item in bound.values():
            self._check_values(item)
        return bound

    def _check_values(self, bound: Bound) -> None:
        for test in tests_of(bound):
            if isinstance(test.operand, Slot):
                try:
                    operand_parser(test)(self.values[test.operand.index - 1])
                except ValueError as error:
                    raise InvalidValueError(
                        f"{test.where}: {error}", parameter=test.where
                    ) from None


def spec_of_pairs(names: str | None, pairs: Sequence[tuple[str, str]]) -> Spec:
    """A stream's: conditions as a list's query string has them."""
    values: list[Any] = [None]
    reserved = [name for name, _ in pairs if name in RESERVED - {"filter"}]
    if reserved:
        raise unknown_parameter(reserved[0], {"collection", "filter", "since"})
    condition = parse_pairs([pair for pair in pairs if pair[0] != "filter"], values)
    for _, text in [pair for pair in pairs if pair[0] == "filter"]:
        where = parse_json_condition(parse_json(text), values, where="/filter", standing=True)
        condition = where if condition == NOTHING else All((condition, where))
    return Spec(_split(names), condition, tuple(values[1:]))


def spec_of_json(names: str | None, where: Any) -> Spec:
    """A WebSocket's subscription: its condition as JSON."""
    values: list[Any] = [None]
    condition = (
        NOTHING
        if where is None
        else parse_json_condition(where, values, where="/where", standing=True)
    )
    return Spec(_split(names), condition, tuple(values[1:]))


def _split(names: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in (names or "").split(",") if each))
