"""``backendify schema``: a schema in a YAML file, compared with and applied to a running server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from app.core.cli_options import Email, Password, Project, Token, Url

Json = dict[str, Any]

commands = typer.Typer(
    name="schema", help="Pull, plan and apply a project's schema.", no_args_is_help=True
)

File = Annotated[Path, typer.Option("--file", "-f", help="The schema file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
KeepOthers = Annotated[
    bool, typer.Option("--keep-others", help="Leave collections alone that the file omits.")
]
Confirm = Annotated[
    str | None, typer.Option(help="The plan_hash of a change that loses data.", show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DEFAULT_FILE = Path("backendify.yaml")


@commands.command()
def pull(
    project: Project,
    file: File = DEFAULT_FILE,
    ids: Annotated[bool, typer.Option("--ids", help="Write immutable ids too.")] = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Write the server's schema to the file ('-' for standard output)."""
    from app.features.schema.files import dump_schema, portable

    with _opened(project, url, token, email, password) as server:
        schema = server.call("GET", "/schema")["schema"]
    text = dump_schema(portable(schema, ids=ids))
    if str(file) == "-":
        typer.echo(text, nl=False)
    else:
        file.write_text(text)
        typer.echo(f"{file}: {len(schema['collections'])} collections")


@commands.command()
def plan(
    project: Project,
    file: File = DEFAULT_FILE,
    keep_others: KeepOthers = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Show what applying the file would do. Exit status 3 when there is something to do."""
    from app.core.remote import ExitStatus

    with _opened(project, url, token, email, password) as server:
        found = server.plan(file, keep_others=keep_others)
    _show_plan(found, as_json=as_json)
    raise typer.Exit(ExitStatus.DIFFERENT if found["steps"] else ExitStatus.DONE)


@commands.command()
def apply(
    project: Project,
    file: File = DEFAULT_FILE,
    keep_others: KeepOthers = False,
    confirm: Confirm = None,
    yes: Yes = False,
    wait: Annotated[bool, typer.Option(help="Wait for online changes.")] = True,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Apply the file. Changes that lose data need --confirm with the plan's hash."""
    with _opened(project, url, token, email, password) as server:
        found = server.plan(file, keep_others=keep_others)
        if not found["steps"]:
            _tell({"changed": False, "hash": found["base"]}, "Nothing to do.", as_json=as_json)
            return
        if not yes and not confirm and not as_json:
            _show_plan(found, as_json=False)
            _ask()
        body = server.body(file, keep_others=keep_others) | {"base": found["base"]}
        body |= {"plan_hash": found["plan_hash"], "confirm": confirm}
        _finish(server, server.call("POST", "/schema/apply", body), wait=wait, as_json=as_json)


@commands.command()
def diff(
    project: Project,
    old: Annotated[int, typer.Argument(metavar="FROM", help="An applied version.")],
    new: Annotated[int, typer.Argument(metavar="TO", help="Another one.")],
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Show what lies between two versions. Exit status 3 when they differ."""
    from app.core.remote import ExitStatus

    with _opened(project, url, token, email, password) as server:
        found = server.call("GET", "/schema/diff", **{"from": old, "to": new})
    _show_plan(found, as_json=as_json)
    raise typer.Exit(ExitStatus.DIFFERENT if found["steps"] else ExitStatus.DONE)


@commands.command()
def history(
    project: Project,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """List the applied versions, the newest first."""
    with _opened(project, url, token, email, password) as server:
        found = server.call("GET", "/schema/history", limit=limit)
    if as_json:
        typer.echo(json.dumps(found))
        return
    for each in found["data"]:
        typer.echo(f"{each['version']:>5}  {each['applied_at'][:19]}  {each['summary']}")


@commands.command()
def rollback(
    project: Project,
    version: Annotated[int, typer.Argument(help="The applied version to go back to.")],
    confirm: Confirm = None,
    yes: Yes = False,
    wait: Annotated[bool, typer.Option(help="Wait for online changes.")] = True,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Make an applied version's schema the current one again, with the data dropped since."""
    with _opened(project, url, token, email, password) as server:
        found = server.call("POST", "/schema/rollback/plan", {"version": version})
        if not yes and not confirm and not as_json:
            _show_plan(found, as_json=False)
            _ask()
        body = {"version": version, "confirm": confirm}
        _finish(server, server.call("POST", "/schema/rollback", body), wait=wait, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Server:
    """A project on a server."""

    remote: Any
    project: str

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        return self.remote.call(method, f"/api/projects/{self.project}{path}", body, **params)

    def body(self, file: Path, *, keep_others: bool) -> Json:
        from app.features.schema.files import load_schema, with_others

        wanted = load_schema(file)
        if keep_others:
            wanted = with_others(wanted, self.call("GET", "/schema")["schema"])
        return {"schema": wanted}

    def plan(self, file: Path, *, keep_others: bool) -> Json:
        found: Json = self.call("POST", "/schema/plan", self.body(file, keep_others=keep_others))
        return found


@contextmanager
def _opened(
    project: str, url: str | None, token: str | None, email: str | None, password: str | None
) -> Iterator[_Server]:
    from app.core.remote import remote_server

    with remote_server(url, token, email, password) as remote:
        yield _Server(remote, project)


def _ask() -> None:
    """Raises Abort unless the answer is yes."""
    try:
        agreed = typer.confirm("Apply this?")
    except typer.Abort:
        typer.echo("\nhint: nobody answered; --yes applies without asking", err=True)
        raise
    if not agreed:
        raise typer.Abort


def _show_plan(found: Json, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found))
        return
    if not found["steps"]:
        typer.echo("No change.")
    for step in found["steps"]:
        typer.echo(f"{step['risk']:<12} {step['mode']:<12} {step['description']}")
        for sql in step["sql"]:
            typer.echo(f"             {sql}")
    for offender in found["offenders"]:
        typer.echo(f"{offender['place']}: {offender['reason']} ({offender['count']} records)")
    if found["needs_confirmation"]:
        typer.echo(f"This loses data. To confirm: --confirm {found['plan_hash']}")


def _finish(server: _Server, done: Json, *, wait: bool, as_json: bool) -> None:
    """Wait for what runs online, then tell."""
    from app.core.remote import ExitStatus
    from app.features.schema.files import follow_jobs

    jobs = follow_jobs(server.call, done["jobs"], quiet=as_json) if wait else done["jobs"]
    failed = [job for job in jobs if job["status"] in ("failed", "cancelled")]
    latest = server.call("GET", "/schema")
    told = {"changed": done["changed"], "version": latest["version"], "hash": latest["hash"]}
    _tell(told | {"jobs": jobs}, f"Version {latest['version']}.", as_json=as_json)
    for job in failed:
        reason = (job["error"] or {}).get("message", "cancelled")
        typer.echo(f"error: {job['summary']}: {reason}", err=True)
    if failed:
        raise typer.Exit(ExitStatus.REFUSED)


def _tell(answer: Json, sentence: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(answer) if as_json else sentence)
