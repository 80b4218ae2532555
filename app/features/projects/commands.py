"""``backendify project``: make projects on a running server."""

import json
from typing import Annotated

import typer

from app.core.cli_options import Email, Password, Token, Url

commands = typer.Typer()
project = typer.Typer(help="Make projects.", no_args_is_help=True)
commands.add_typer(project, name="project")


@project.command("create")
def create_project(
    slug: Annotated[str, typer.Argument(help="What URLs call it.")],
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Make a project, empty."""
    from app.core.remote import remote_server

    with remote_server(url, token, email, password) as remote:
        made = remote.call("POST", "/api/projects", {"slug": slug, "name": name or slug})
    typer.echo(json.dumps(made) if as_json else made["slug"])


@project.command("list")
def list_projects(
    url: Url = None, token: Token = None, email: Email = None, password: Password = None
) -> None:
    """The projects that one is a member of, a line each."""
    from app.core.remote import remote_server

    with remote_server(url, token, email, password) as remote:
        found = remote.call("GET", "/api/projects")
    for each in found["data"]:
        typer.echo(f"{each['slug']}\t{each['name']}")
