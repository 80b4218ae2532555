"""Templates to mails, safely: templates are data of projects' admins, values are data of anyone.

A template may hold text, variables, a few filters and ``if``: no loop, call, arithmetic or
attribute, so that rendering takes time in proportion to its length and reaches nothing. Values are
never read as templates.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from app.core.errors import Violation
from app.core.mail import MailBody, MailTemplate

MOST_RENDERED: Final = 1_000_000
LONGEST_SUBJECT: Final = 250
LONGEST_VALUE: Final = 4_000
LONGEST_BODY: Final = 100_000
DEEPEST: Final = 20
FILTERS: Final = ("upper", "lower", "title", "trim", "default", "e", "escape", "urlencode")

_NODES: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.If,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Compare,
    nodes.Operand,
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class TemplateFaultError(ValueError):
    """Why a template cannot be used, for its author."""


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """What goes out; ``subject`` is one line."""

    subject: str
    text: str
    html: str


def render(
    template: MailTemplate, values: Mapping[str, Any], known: Collection[str]
) -> RenderedMail:
    """Fill in the values of the ``known`` names; a known name without a value is empty.

    Raises TemplateFaultError.
    """
    shown = {name: _as_text(values.get(name)) for name in known}
    subject = " ".join(_fill(template.subject, shown, html=False).split())
    return RenderedMail(
        subject=subject[:LONGEST_SUBJECT],
        text=_fill(template.text, shown, html=False),
        html=_fill(template.html, shown, html=True),
    )


def find_faults(template: MailTemplate, samples: Mapping[str, str]) -> list[Violation]:
    """What is wrong with a template that may use the names of ``samples``."""
    faults = []
    for part in ("subject", "text", "html"):
        try:
            _check(getattr(template, part), samples, html=part == "html")
        except TemplateFaultError as fault:
            faults.append(Violation(f"/{part}", "mail_template_invalid", str(fault)))
    return faults


def _check(source: str, samples: Mapping[str, str], *, html: bool) -> None:
    for name in _names(source, html=html):
        if name not in samples:
            raise TemplateFaultError(f"There is no variable {name!r} here.")
    _fill(source, samples, html=html)


def _fill(source: str, values: Mapping[str, str], *, html: bool) -> str:
    pieces: list[str] = []
    length = 0
    try:
        for piece in _compiled(source, html=html).generate(values):
            length += len(piece)
            if length > MOST_RENDERED:
                raise TemplateFaultError("The mail is too long.")
            pieces.append(piece)
    except TemplateError as error:
        raise TemplateFaultError(str(error)) from None
    return "".join(pieces)


@lru_cache(maxsize=256)
def _compiled(source: str, *, html: bool) -> Template:
    environment = _HTML if html else _PLAIN
    _names(source, html=html)
    try:
        return environment.from_string(source)
    except (TemplateError, SyntaxError, RecursionError) as error:
        raise TemplateFaultError(f"The template cannot be read: {error}") from None


def _names(source: str, *, html: bool) -> set[str]:
    """The variables a template names, if it holds nothing else. Raises TemplateFaultError."""
    try:
        parsed = (_HTML if html else _PLAIN).parse(source)
        return {node.name for node in _walk(parsed, 0) if isinstance(node, nodes.Name)}
    except (TemplateError, RecursionError) as error:
        raise TemplateFaultError(f"The template cannot be read: {error}") from None


def _walk(node: nodes.Node, depth: int) -> Iterator[nodes.Node]:
    is_own_word = isinstance(node, nodes.Name) and node.name == "self"  # Jinja's, not a variable
    if not isinstance(node, _NODES) or is_own_word or depth > DEEPEST:
        raise TemplateFaultError(f"Line {node.lineno}: a template cannot hold this.")
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child, depth + 1)


def _as_text(value: Any) -> str:
    if isinstance(value, MailBody):
        body = _CONTROL.sub("", value.text)[:LONGEST_BODY]
        return Markup(body) if value.html else body  # noqa: S704 - the project's own HTML
    text = "" if value is None else str(value)
    return _CONTROL.sub("", text)[:LONGEST_VALUE]


def _environment(*, autoescape: bool) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(autoescape=autoescape, undefined=StrictUndefined)
    environment.globals.clear()
    environment.tests.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    return environment


_PLAIN: Final = _environment(autoescape=False)
_HTML: Final = _environment(autoescape=True)
