"""``backendify policy``: look at a project's policies, test them, look for mistakes."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from app.core.cli_options import Email, Password, Project, Token, Url

commands = typer.Typer()
policy = typer.Typer(help="Test and examine policies.", no_args_is_help=True)
commands.add_typer(policy, name="policy")

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


@policy.command("apply")
def apply_policies(
    project: Project,
    file: Annotated[Path, typer.Option("--file", "-f", help="It has a list 'policies'.")] = Path(
        "backendify.yaml"
    ),
    url: Url = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Make the policies of a file, and change those of the same name. Others stay as they are."""
    from app.core.remote import remote_server

    wanted = _load(file)
    path = f"/api/projects/{project}/policies"
    with remote_server(url, token, email, password) as remote:
        known = {each["name"]: each["id"] for each in remote.call("GET", path)["data"]}
        for each in wanted:
            found = known.get(each.get("name"))
            if found is None:
                remote.call("POST", path, each)
            else:
                remote.call("PATCH", f"{path}/{found}", each)
    changed = sum(each.get("name") in known for each in wanted)
    typer.echo(f"{len(wanted) - changed} made, {changed} changed")


def _load(file: Path) -> list[dict[str, Any]]:
    import yaml

    from app.core.remote import ExitStatus

    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        typer.echo(f"error: {file}: {error}", err=True)
        raise typer.Exit(ExitStatus.USAGE) from None
    policies = found.get("policies") if isinstance(found, dict) else None
    if not isinstance(policies, list) or not all(isinstance(each, dict) for each in policies):
        typer.echo(f"error: {file} has no list 'policies'", err=True)
        raise typer.Exit(ExitStatus.USAGE)
    return policies


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
