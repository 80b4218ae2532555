"""``backendify data`` and ``backendify demo``: files into and out of a running server."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any, NoReturn

import typer

from app.core.cli_options import Email, Password, Project, Token, Url

commands = typer.Typer()
data = typer.Typer(help="Import and export records.", no_args_is_help=True)
commands.add_typer(data, name="data")

Collection = Annotated[str, typer.Argument(help="The collection's name.")]
Kind = Annotated[
    str | None,
    typer.Option("--format", help="csv, json or ndjson (default: by name).", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON, and draw nothing.")]


@data.command("import")
def import_file(
    collection: Collection,
    file: Annotated[str, typer.Argument(help="The file ('-' for standard input).")],
    project: Project,
    kind: Kind = None,
    upsert: Annotated[
        str | None,
        typer.Option(metavar="FIELDS", help="Update what these unique fields find."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, and keep nothing.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Keep the good rows.")] = False,
    null: Annotated[
        list[str] | None, typer.Option(help="A cell that stands for null, as an empty one does.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FIELD", help="What a column means; NAME= leaves it out."),
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Import a CSV, JSON or NDJSON file: all rows or none. Exit status 3: some were left out."""
    from app.core.remote import ExitStatus, remote_server
    from app.features.data.bars import bars
    from app.features.data.moving import kind_of, parse_renames, send_file

    known = kind_of(file, kind) or _usage(f"{file}: of which kind? Say --format csv, json, ndjson.")
    try:
        columns = parse_renames(column or [])
    except ValueError as error:
        _usage(f"--column: {error}")
    options = {
        "mode": "upsert" if upsert else "insert",
        "on_conflict": upsert,
        "dry_run": dry_run,
        "partial": partial,
        "null": null,
        "columns": columns,
    }
    path = f"/api/projects/{project}/data/{collection}/import"
    with (
        remote_server(url, token, email, password) as remote,
        _told_as_json(as_json=as_json),
        _opened(file, "rb") as source,
        bars(shown=not as_json) as told,
    ):
        report = send_file(remote, path, source, known, options, told)
    _tell_report(report, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(ExitStatus.DIFFERENT if report["failed"] else ExitStatus.DONE)


@data.command("export")
def export_file(
    collection: Collection,
    project: Project,
    file: Annotated[str, typer.Argument(help="The file ('-' for standard output).")] = "-",
    kind: Kind = None,
    where: Annotated[
        list[str] | None, typer.Option(metavar="FIELD=VALUE", help="A condition, as in a URL.")
    ] = None,
    sort: Annotated[str | None, typer.Option(help="Such as -created_at,name.")] = None,
    fields: Annotated[str | None, typer.Option(help="Such as id,title,author.name.")] = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Export what a list with these conditions would show, however long it is."""
    from app.core.remote import remote_server
    from app.features.data.bars import bars
    from app.features.data.moving import kind_of, receive_file

    known = kind_of(file, kind) or ("json" if file == "-" else None)
    given: dict[str, str | None] = {
        "format": known or _usage(f"{file}: of which kind? Say --format csv, json, ndjson.")
    }
    given |= {"sort": sort, "fields": fields}
    parameters = [(name, value) for name, value in given.items() if value]
    for condition in where or []:
        name, equals, value = condition.partition("=")
        if not equals:
            _usage(f"--where: {condition!r} has no '='")
        parameters.append((name, value))
    path = f"/api/projects/{project}/data/{collection}/export"
    with (
        remote_server(url, token, email, password) as remote,
        _told_as_json(as_json=as_json),
        bars(shown=not as_json and file != "-") as told,
    ):
        size = receive_file(remote, path, parameters, _opened(file, "wb"), told)
    if file != "-":
        typer.echo(json.dumps({"file": file, "bytes": size}) if as_json else f"{file}: {size:,} B")


@commands.command()
def demo(
    project: Annotated[
        str, typer.Option("--project", "-p", help="Its slug; made anew.")
    ] = "flights",
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Fill a project with 336,776 flights, and print what to try. Needs a running server.

    On a server that nobody owns yet, an account is made.
    """
    from app.core.remote import reached_server
    from app.features.data.bars import bars
    from app.features.data.demo import make_demo, signed_in, tell_demo

    with reached_server(url) as remote, _told_as_json(as_json=as_json):
        account = signed_in(remote, token, email, password)
        with bars(shown=not as_json) as told:
            made = make_demo(remote, project, account, told)
    typer.echo(json.dumps(made) if as_json else tell_demo(made))


@contextmanager
def _opened(file: str, mode: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdin.buffer if mode == "rb" else sys.stdout.buffer
        return
    try:
        with Path(file).open(mode) as opened:
            yield opened
    except OSError as error:
        _usage(f"{file}: {error.strerror}")


@contextmanager
def _told_as_json(*, as_json: bool) -> Iterator[None]:
    """With ``--json``, what the server refused with goes to standard output as it is."""
    from app.core.remote import RemoteProblemError

    try:
        yield
    except RemoteProblemError as refused:
        if not as_json:
            raise
        typer.echo(json.dumps(refused.problem))
        raise typer.Exit(refused.exit_status) from None


def _tell_report(report: dict[str, Any], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report))
        return
    told = f"{report['inserted']:,} inserted, {report['updated']:,} updated"
    typer.echo(f"{told}, {report['failed']:,} left out{' (a dry run)' if dry_run else ''}")
    for fault in report["errors"]:
        typer.echo(f"  row {fault['row']} {fault['pointer']}: {fault['message']}", err=True)


def _usage(sentence: str) -> NoReturn:
    from app.core.remote import ExitStatus

    typer.echo(f"error: {sentence}", err=True)
    raise typer.Exit(ExitStatus.USAGE)
