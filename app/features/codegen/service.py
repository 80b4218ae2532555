"""What it does: all that other features may import."""

import asyncio

from app.api.services import Services
from app.core.errors import UnauthenticatedError
from app.engine.identity.principal import Caller
from app.engine.query.pipeline import Call
from app.features.codegen.describe import describe_catalog
from app.features.codegen.languages import render


async def render_types(services: Services, caller: Caller, language: str) -> str:
    """The project's types in a language of ``FILES``: of what the caller may reach.

    Raises UnauthenticatedError where there is nothing without credentials.
    """
    catalog, access = await services.pipeline.ground(Call(caller, ""))
    shape = describe_catalog(catalog, access, caller.project.slug)
    if not shape.collections and caller.principal.kind == "anonymous":
        raise UnauthenticatedError("This needs credentials.", hint="Send an Authorization header.")
    return await asyncio.to_thread(render, shape, language)
