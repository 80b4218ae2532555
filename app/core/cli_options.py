"""Options that every command has which speaks to a running server: see ``app.core.remote``."""

from typing import Annotated

import typer

Project = Annotated[
    str, typer.Option("--project", "-p", envvar="BACKENDIFY_PROJECT", help="Its slug or id.")
]
Url = Annotated[str | None, typer.Option(help="The server (BACKENDIFY_URL).", show_default=False)]
Token = Annotated[str | None, typer.Option(help="(BACKENDIFY_TOKEN)", show_default=False)]
Email = Annotated[str | None, typer.Option(help="(BACKENDIFY_EMAIL)", show_default=False)]
Password = Annotated[str | None, typer.Option(help="(BACKENDIFY_PASSWORD)", show_default=False)]
