"""The manifest of code generation."""

from app.core.feature import Feature
from app.features.codegen.router import router

FEATURE = Feature(
    name="codegen",
    router=router,
    tags=({"name": "codegen", "description": "A project's types in other languages."},),
)
