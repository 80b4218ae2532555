"""What goes into a step and comes out of it: filled in, checked, bounded. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from app.core.action import ActionFailedError
from app.core.errors import BackendifyError
from app.core.json_text import check_depth, dump_json
from app.features.workflows.templates import TemplateError, render

MOST_OUTPUT: Final = 1_024 * 1_024
DEEPEST_OUTPUT: Final = 64

Scope = dict[str, Any]


def rendered(
    params: Mapping[str, Any], scope: Scope, html: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Raises ActionFailedError."""
    try:
        rendered: dict[str, Any] = render(dict(params), scope, html)
    except TemplateError as error:
        raise ActionFailedError(error.code, f"{error.message} ({error.pointer})") from None
    return rendered


def checked(shape: type[BaseModel], given: Mapping[str, Any]) -> BaseModel:
    """Raises ActionFailedError."""
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        places = ("/".join(str(part) for part in fault["loc"]) for fault in faults[:5])
        told = "; ".join(
            f"{place}: {fault['msg'].removeprefix('Value error, ')}" if place else fault["msg"]
            for place, fault in zip(places, faults, strict=False)
        )
        raise ActionFailedError("input_invalid", told) from None


def told(error: BackendifyError) -> str:
    """A problem in one line, with what its errors say."""
    faults = "; ".join(f"{each.pointer}: {each.message}" for each in error.errors[:5])
    return f"{error.detail} {faults}".strip()


def bounded(output: Any) -> dict[str, Any]:
    """Raises ActionFailedError, JsonSyntaxError."""
    if len(dump_json(output)) > MOST_OUTPUT:
        message = "The step answered more than a megabyte; ask for less."
        raise ActionFailedError("output_too_large", message)
    check_depth(output, DEEPEST_OUTPUT)
    bounded: dict[str, Any] = output
    return bounded
