"""``backendify types``: a project's types from a running server into a file."""

from pathlib import Path
from typing import Annotated

import typer

from app.core.cli_options import Email, Password, Project, Token, Url
from app.features.codegen.languages import FILES

commands = typer.Typer()


@commands.command()
def types(
    project: Project,
    lang: Annotated[str, typer.Option(help=f"One of: {', '.join(FILES)}.")] = "ts",
    file: Annotated[
        str, typer.Option("--file", "-f", help="Where to ('-' for standard output).")
    ] = "-",
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: exit status 3 where it is out of date.")
    ] = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Write the types of a project's collections, for a client that compiles against them."""
    from app.core.remote import ExitStatus, answered_text, remote_server

    if lang not in FILES:
        typer.echo(f"error: --lang is one of: {', '.join(FILES)}", err=True)
        raise typer.Exit(ExitStatus.USAGE)
    with remote_server(url, token, email, password) as remote:
        text = answered_text(remote.client.get(f"/api/projects/{project}/{FILES[lang]}"))
    if file == "-":
        typer.echo(text, nl=False)
    elif not _is_current(Path(file), text):
        if check:
            typer.echo(f"{file} is out of date", err=True)
            raise typer.Exit(ExitStatus.DIFFERENT)
        Path(file).write_text(text, encoding="utf-8")


def _is_current(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text
