"""The languages, one file each with a ``render``; adding one is adding a file and naming it here.

Nothing of the engine is imported until something is rendered: the command line reads ``FILES``.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.features.codegen.shapes import ProjectShape

FILES: Mapping[str, str] = MappingProxyType({"ts": "sdk.d.ts", "py": "sdk.py"})
"""From a language to the file that the API serves."""


def render(shape: "ProjectShape", language: str) -> str:
    """The text of the language's file."""
    text: str = import_module(f"{__name__}.{language}").render(shape)
    return text
