"""``backendify policy``: look at a project's policies, test them, look for mistakes."""

import json
from typing import Annotated, Any

import typer

commands = typer.Typer()
policy = typer.Typer(help="Test and examine policies.", no_args_is_help=True)
commands.add_typer(policy, name="policy")

Project = Annotated[
    str, typer.Option("--project", "-p", envvar="BACKENDIFY_PROJECT", help="Its slug or id.")
]
Url = Annotated[str | None, typer.Option(help="The server (BACKENDIFY_URL).", show_default=False)]
Token = Annotated[str | None, typer.Option(help="(BACKENDIFY_TOKEN)", show_default=False)]
Email = Annotated[str | None, typer.Option(help="(BACKENDIFY_EMAIL)", show_default=False)]
Password = Annotated[str | None, typer.Option(help="(BACKENDIFY_PASSWORD)", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@policy.command("list")
def list_policies(
    project: Project,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Show who may do what, a line each."""
    found = _ask("GET", project, "", url, token, email, password)
    if as_json:
        typer.echo(json.dumps(found))
        return
    for each in found["data"]:
        actions, principals = ",".join(each["actions"]), ",".join(each["principals"])
        where = f" where {json.dumps(each['where'])}" if each["where"] else ""
        line = f"{each['effect']} {principals}: {actions} {each['collection']}{where}"
        typer.echo(f"{line}  ({each['name']})")


@policy.command("test")
def run_tests(
    project: Project,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Run the stored policy tests. Exits with 1 when one fails."""
    report = _ask("POST", project, "/test", url, token, email, password, body={"stored": True})
    if as_json:
        typer.echo(json.dumps(report))
    else:
        for each in report["results"]:
            typer.echo(f"{'ok    ' if each['passed'] else 'FAILED'} {each['name']}")
            if not each["passed"]:
                typer.echo(f"       {each['message']}")
        typer.echo(f"{report['passed']} passed, {report['failed']} failed")
    raise typer.Exit(1 if report["failed"] else 0)


@policy.command("lint")
def lint_policies(
    project: Project,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Look for mistakes. Exits with 1 when there is an error among the findings."""
    found = _ask("GET", project, "/lint", url, token, email, password)["findings"]
    if as_json:
        typer.echo(json.dumps({"findings": found}))
    else:
        for each in found:
            about = each["policy"] or each["collection"]
            typer.echo(f"{each['severity']:7} {each['code']}: {about}: {each['message']}")
        typer.echo(f"{len(found)} finding{'' if len(found) == 1 else 's'}")
    raise typer.Exit(1 if any(each["severity"] == "error" for each in found) else 0)


def _ask(
    method: str,
    project: str,
    path: str,
    url: str | None,
    token: str | None,
    email: str | None,
    password: str | None,
    *,
    body: Any = None,
) -> Any:
    from app.core.remote import remote_server

    with remote_server(url, token, email, password) as remote:
        return remote.call(method, f"/api/projects/{project}/policies{path}", body)
