"""A page taken apart: its elements, strictly nested, and what it refers to."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_VOID = frozenset({"meta", "link", "input"})
_REFERS = ("href", "src", "action", "formaction", "poster", "srcset", "background")


@dataclass(frozen=True, slots=True)
class Element:
    tag: str
    attributes: dict[str, str]
    ancestors: tuple[str, ...]


@dataclass
class Markup(HTMLParser):
    elements: list[Element] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        given = {name: value or "" for name, value in attrs}
        self.elements.append(Element(tag, given, tuple(self._open)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(data.strip())

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    @property
    def form(self) -> Element | None:
        return next(iter(self.all("form")), None)

    @property
    def controls(self) -> list[Element]:
        """What stands in the form."""
        return [
            element
            for element in self.elements
            if element.tag in ("input", "button") and "form" in element.ancestors
        ]

    @property
    def references(self) -> list[str]:
        given = [element.attributes for element in self.elements]
        return [each[name] for each in given for name in _REFERS if name in each]


def parse(page: str) -> Markup:
    """Raises AssertionError where an element is not closed, or closed by another's end."""
    markup = Markup()
    markup.feed(page)
    markup.close()
    assert markup._open == []
    return markup


def as_json(markup: Markup) -> dict[str, Any]:
    """What the script's fake document is made of."""
    form = markup.form
    return {
        "form": form.attributes if form else None,
        "controls": [
            {"tag": element.tag, "attributes": element.attributes} for element in markup.controls
        ],
        "ids": [e.attributes["id"] for e in markup.elements if "id" in e.attributes],
    }
